/**
 * The part of a graph that an image flows through: nodes whose output depends on the values of the input, their
 * order, and which of them all of the flow passes (dominators). Weights and shape arithmetic are not in it.
 */
import {graphsOf} from '../attributes.js';
import type {GraphProto, NodeProto} from '../model.js';
import type {Fact} from '../shapes/facts.js';

/** A node that the image reaches. */
export interface Vertex {
  /** Position in the order of execution. */
  readonly index: number;
  readonly node: NodeProto;
  readonly op: string;
  /** Inputs that depend on the image, each once. */
  readonly data: readonly string[];
  /** The nearest vertex that every path from the input to this one passes; null: the input itself. */
  readonly above: Vertex | null;
  /** Number of vertices above it. */
  readonly level: number;
}

/** Their output tells the shape of the input, not its values. */
const SHAPE_ONLY = new Set(['Shape', 'Size']);

export class Flow {
  readonly vertices: readonly Vertex[];
  private readonly producers = new Map<string, Vertex>();
  private readonly readers = new Map<string, Vertex[]>();

  constructor(
    graph: GraphProto,
    /** The graph input that the image enters by. */
    readonly source: string,
    readonly facts: ReadonlyMap<string, Fact>,
  ) {
    const vertices: Vertex[] = [];
    for (const node of graph.node) {
      if (SHAPE_ONLY.has(node.opType)) continue;
      const data = [...new Set([...node.input, ...captured(node)])].filter(name => this.isData(name));
      if (data.length === 0 || node.output.every(name => facts.get(name)?.data !== undefined)) continue;
      const above = data.map(name => this.producer(name)).reduce(meet);
      const vertex: Vertex = {
        index: vertices.length,
        node,
        op: node.opType,
        data,
        above,
        level: above === null ? 0 : above.level + 1,
      };
      vertices.push(vertex);
      // A name is given once: the first counts, so that whatever a vertex reads lies before it.
      for (const name of node.output) if (name !== '' && !this.isData(name)) this.producers.set(name, vertex);
      for (const name of data) {
        const readers = this.readers.get(name);
        if (readers) readers.push(vertex);
        else this.readers.set(name, [vertex]);
      }
    }
    this.vertices = vertices;
  }

  /** Whether a tensor depends on the values of the input. */
  isData(name: string): boolean {
    return name === this.source || this.producers.has(name);
  }

  /** The vertex that computes a tensor; null for the input. */
  producer(name: string): Vertex | null {
    return this.producers.get(name) ?? null;
  }

  consumers(name: string): readonly Vertex[] {
    return this.readers.get(name) ?? [];
  }

  dims(name: string): readonly number[] | undefined {
    return this.facts.get(name)?.dims;
  }

  /** Whether shapes are known before a vertex and not behind it. */
  loses(vertex: Vertex): boolean {
    return vertex.data.every(name => this.facts.has(name)) && !this.facts.has(vertex.node.output[0]!);
  }

  /** The first output of a vertex; of the input: itself. */
  output(vertex: Vertex | null): string {
    return vertex === null ? this.source : vertex.node.output[0]!;
  }

  /** Inputs that do not depend on the image: weights, shapes, scalars. */
  constants(vertex: Vertex): string[] {
    return vertex.node.input.filter(name => name !== '' && !this.isData(name));
  }

  /** What all of the flow from `above` (not included) to `below` (included) passes, in order. */
  spine(above: Vertex | null, below: Vertex | null): Vertex[] {
    const chain: Vertex[] = [];
    for (let v = below; v !== null && v !== above; v = v.above) chain.push(v);
    return chain.reverse();
  }

  /** Every vertex on a path from `above` (not included) to `below` (included), `above` being above it. */
  region(above: Vertex | null, below: Vertex | null): Set<Vertex> {
    const found = new Set<Vertex>();
    const queue = below === null || below === above ? [] : [below];
    for (let v = queue.pop(); v !== undefined; v = queue.pop()) {
      if (found.has(v)) continue;
      found.add(v);
      for (const name of v.data) {
        const p = this.producer(name);
        if (p !== null && p !== above) queue.push(p);
      }
    }
    return found;
  }
}

/** The nearest vertex above both. */
function meet(a: Vertex | null, b: Vertex | null): Vertex | null {
  while (a !== b) {
    if (a === null || b === null) return null;
    if (a.level > b.level) a = a.above;
    else if (b.level > a.level) b = b.above;
    else {
      a = a.above;
      b = b.above;
    }
  }
  return a;
}

/** Outer tensors that the graphs inside a node read. */
export function captured(node: NodeProto): string[] {
  return graphsOf(node).flatMap(graph => {
    const own = new Set([
      ...graph.initializer.map(t => t.name),
      ...graph.input.map(i => i.name),
      ...graph.node.flatMap(n => n.output),
    ]);
    return [
      ...graph.node.flatMap(n => [...n.input, ...captured(n)]),
      ...graph.output.map(o => o.name),
    ].filter(name => name !== '' && !own.has(name));
  });
}
