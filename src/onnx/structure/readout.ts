/** What follows the blocks: the final normalisation, the vector that stands for the image, the logits. */
import type {Flow, Vertex} from './flow.js';
import type {Layouts} from './layout.js';
import {normalisationOn} from './normalisation.js';
import {isLinear, isMixing, isView, views} from './operators.js';

export interface Readout {
  readonly norm: string | null;
  readonly pooled: string | null;
  readonly head: string | null;
}

/**
 * @param last the vertex that ends the last block
 * @param output the output of the graph that the spine leads to
 * @param width channels of the last block: a pooled vector is as wide
 */
export function readReadout(
  flow: Flow,
  layouts: Layouts,
  last: Vertex | null,
  output: string,
  width: number | undefined,
): Readout {
  const spine = flow.spine(last, flow.producer(output));
  const products = [...flow.region(last, flow.producer(output))].filter(v => isLinear(flow, v));
  const beforeProduct = spine.findIndex(v => isLinear(flow, v) || isMixing(v));
  const at = normalisationOn(flow, beforeProduct < 0 ? spine : spine.slice(0, beforeProduct), true);
  const norm = at < 0 ? null : flow.output(spine[at]!);

  /** The length of a vector; a map of one position is one too. */
  const length = (name: string): number | undefined => {
    const layout = layouts.of(name);
    if (layout === undefined || layout.channelAxis === null) return undefined;
    const channels = layout.dims[layout.channelAxis]!;
    return layout.dims.every((d, i) => d === null || d === 1 || i === layout.channelAxis)
      ? channels
      : undefined;
  };
  const ofWidth = (name: string): boolean => width !== undefined && length(name) === width;
  if (length(output) === undefined) return {norm, pooled: null, head: null};
  // A dense layer with tanh on the class token is BERT's pooler, not a classifier.
  const pooler = spine.findLast(v => !isView(v))?.op === 'Tanh' && products.length === 1 && ofWidth(output);
  if (products.length === 0 || pooler) return {norm, pooled: ofWidth(output) ? output : null, head: null};
  const read = spine.findLast(v => isLinear(flow, v))?.data[0];
  const pooled = read === undefined ? null : firstVector(layouts, views(flow, read).filter(ofWidth));
  return {norm, pooled, head: beforeSoftmax(flow, output)};
}

/** Logits rather than the probabilities made of them. */
function beforeSoftmax(flow: Flow, output: string): string {
  const chain = views(flow, output);
  const v = flow.producer(chain.at(-1)!);
  return v?.op === 'Softmax' || v?.op === 'LogSoftmax' ? v.data[0]! : output;
}

/** Of several views of one vector, that without axes of length 1. */
function firstVector(layouts: Layouts, names: readonly string[]): string | null {
  return names.find(name => layouts.of(name)?.kind === 'vector') ?? names[0] ?? null;
}
