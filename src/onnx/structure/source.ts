/** What enters a model, and the shapes it gives to every tensor. */
import {ELEMENT, type GraphProto, type Model, type ValueInfo} from '../model.js';
import type {Fact} from '../shapes/facts.js';
import {ShapeError} from '../shapes/fold.js';
import {inferShapes} from '../shapes/infer.js';

export interface Source {
  /** The graph input that the image (or the sequence of ids) enters by. */
  readonly name: string;
  /** Facts for `size` samples, and for one sample more; the same where the batch is fixed. */
  readonly facts: ReadonlyMap<string, Fact>;
  readonly more: ReadonlyMap<string, Fact>;
  /** Samples in `facts`. */
  readonly size: number;
  /** Samples the model takes at once; null: any number. */
  readonly batch: number | null;
  readonly notes: readonly string[];
}

/** Lengths tried where the model leaves an axis open: usual image sizes and sequence lengths, the commonest first. */
const LENGTHS = [
  224, 256, 384, 336, 448, 512, 518, 299, 227, 240, 288, 320, 192, 160, 128, 112, 96, 80, 64, 56, 48, 40, 32,
  28, 24, 16, 8, 1024, 77, 50, 197,
];

/** Inputs that are not constants: before IR version 4 those were listed too. */
export function inputsOf({graph}: Model): ValueInfo[] {
  const constants = new Set(graph.initializer.map(t => t.name));
  return graph.input.filter(i => !constants.has(i.name));
}

/**
 * Finds shapes that the whole graph agrees with, for two batch sizes: what grows with the batch is the batch axis.
 * Null if there is no input.
 *
 * @param sample shape of one sample, to fill what the model leaves open
 * @throws SampleError if the declared input has another shape
 */
export function inferSource(model: Model, sample?: readonly number[]): Source | null {
  const inputs = inputsOf(model);
  const main = inputs.find(i => rank(i) === 4 && isFloat(i)) ?? inputs.find(isFloat) ?? inputs[0];
  if (main === undefined) return null;
  const declared = axes(model, main);
  if (sample !== undefined && !fits(declared.slice(1), sample)) throw new SampleError(declared.slice(1));
  const dims = sample === undefined ? declared : [declared[0] ?? null, ...sample];
  const fixed = dims[0] ?? null;
  const type = elementType(main);
  const given = (size: number, length: number): Map<string, Fact> => {
    const facts = new Map<string, Fact>();
    for (const input of inputs) {
      const shape = input === main ? dims : axes(model, input);
      // Of a second input only what is written down is known.
      if (input !== main && shape.slice(1).includes(null)) continue;
      facts.set(input.name, {
        type: elementType(input),
        dims: shape.map((d, i) => (i === 0 ? (d ?? size) : (d ?? length))),
      });
    }
    return facts;
  };
  const open = dims.slice(1).includes(null);
  let reason = '';
  for (const size of fixed === null ? [2, 1] : [fixed]) {
    for (const length of open ? LENGTHS : [0]) {
      try {
        const facts = inferShapes(model, given(size, length));
        const free = fixed === null && size > 1;
        const more = free ? inferShapes(model, given(size + 1, length)) : facts;
        const notes: string[] = [];
        if (open) notes.push(`"${main.name}" takes any size: shapes are given for ${length}`);
        if (fixed === null && !free) {
          notes.push(
            `"${main.name}" claims any batch size, but the graph holds only for one sample at a time`,
          );
        }
        return {name: main.name, facts, more, size, batch: free ? null : size, notes};
      } catch (error) {
        if (!(error instanceof ShapeError)) throw error;
        if (reason === '') reason = error.message;
      }
    }
  }
  const only = new Map<string, Fact>([[main.name, {type, dims: dims.map(d => d ?? 1)}]]);
  const notes = [`shapes do not agree, so no layers can be told: ${reason}`];
  return {name: main.name, facts: only, more: only, size: 1, batch: fixed, notes};
}

/** A sample that the declared input does not take; holds what it takes, null where anything goes. */
export class SampleError extends Error {
  override readonly name = 'SampleError';
  constructor(readonly wanted: readonly (number | null)[]) {
    super('sample of another shape');
  }
}

const fits = (wanted: readonly (number | null)[], sample: readonly number[]): boolean =>
  wanted.length === sample.length && wanted.every((d, i) => d === null || d === sample[i]);

const rank = (input: ValueInfo): number => input.type?.tensorType?.shape?.dim.length ?? 0;
const elementType = (input: ValueInfo): number => input.type?.tensorType?.elemType ?? ELEMENT.float32;

function isFloat(input: ValueInfo): boolean {
  const type = elementType(input);
  return type === ELEMENT.float32 || type === ELEMENT.float16 || type === ELEMENT.float64;
}

/** Lengths of an input's axes, null where open; the channels of an image follow from the first convolution. */
function axes(model: Model, input: ValueInfo): (number | null)[] {
  const written = input.type?.tensorType?.shape?.dim.map(d =>
    d.value === undefined || d.value <= 0 ? null : d.value,
  );
  const channels = convolvedChannels(model.graph, input.name);
  const dims = written ?? (channels === null ? [null] : [null, channels, null, null]);
  if (channels !== null && dims.length === 4) dims[1] ??= channels;
  return dims;
}

/** Channels that the convolution reading a tensor expects. */
function convolvedChannels(graph: GraphProto, name: string): number | null {
  for (const node of graph.node) {
    if (!node.input.includes(name)) continue;
    if (node.opType === 'Conv') {
      const weights = graph.initializer.find(t => t.name === node.input[1]);
      const group = node.attribute.find(a => a.name === 'group')?.i ?? 1n;
      return weights ? weights.dims[1]! * Number(group) : null;
    }
    // Precision and normalisation by constants may stand between.
    if (['Cast', 'Identity', 'Sub', 'Div', 'Mul', 'Add'].includes(node.opType)) {
      const found = convolvedChannels(graph, node.output[0]!);
      if (found !== null) return found;
    }
  }
  return null;
}
