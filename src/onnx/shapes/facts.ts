/** What shape inference knows of a tensor, and what a rule sees of a node. */
import {valuesOf} from '../attributes.js';
import {ELEMENT, type GraphProto, type NodeProto, type TensorProto} from '../model.js';
import {count, type Value} from './fold.js';

/** What is known of a tensor without running the model. */
export interface Fact {
  /** Element type: a value of ELEMENT. */
  readonly type: number;
  readonly dims: readonly number[];
  /** Its elements, where they are few and do not depend on the values of an input. */
  readonly data?: readonly number[] | undefined;
}

/** Constants of more elements than this are not evaluated: shapes and indices are short, weights are not. */
export const MAX_KNOWN = 4096;
/** The same for types that shapes are not written in: scales, flags. */
const MAX_SCALARS = 16;

/** Thrown by a rule that lacks a fact: its outputs stay unknown. */
export class Unknown extends Error {
  override readonly name = 'Unknown';
}

/** One application of a rule: a node, and what is known of its inputs. */
export class Call {
  constructor(
    readonly node: NodeProto,
    /** Version of the operator set the node belongs to. */
    readonly opset: number,
    private readonly inputs: readonly (Fact | undefined)[],
    /** Applies the rules to a graph inside the node; gives the facts of its outputs. */
    readonly inner: (graph: GraphProto) => (Fact | undefined)[],
  ) {}

  get given(): number {
    return this.inputs.length;
  }

  /** Whether the optional input is there. */
  has(index: number): boolean {
    return (this.node.input[index] ?? '') !== '';
  }

  fact(index: number): Fact {
    const fact = this.inputs[index];
    if (fact === undefined) throw new Unknown();
    return fact;
  }

  dims(index: number): readonly number[] {
    return this.fact(index).dims;
  }

  /** The elements of an input, where known. */
  maybe(index: number): Value | undefined {
    const fact = this.inputs[index];
    return fact?.data && {dims: fact.dims, data: fact.data};
  }

  value(index: number): Value {
    const value = this.maybe(index);
    if (value === undefined) throw new Unknown();
    return value;
  }

  all(): Fact[] {
    return this.inputs.map((_, i) => this.fact(i));
  }
}

/** A known constant as a fact; its elements are dropped if they are many. */
export const known = (type: number, {dims, data}: Value): Fact => ({
  type,
  dims,
  data: data.length <= MAX_KNOWN ? data : undefined,
});

export function factOf(tensor: TensorProto): Fact {
  const {dims, dataType: type = ELEMENT.float32} = tensor;
  const small = count(dims) <= (type === ELEMENT.int64 || type === ELEMENT.int32 ? MAX_KNOWN : MAX_SCALARS);
  return {type, dims, data: small ? valuesOf(tensor) : undefined};
}
