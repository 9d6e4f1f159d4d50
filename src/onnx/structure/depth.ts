/** How deep in the network a tensor lies. */
import type {Flow, Vertex} from './flow.js';
import {isLinear} from './operators.js';

/** For each tensor, the number of convolutions and products with weights that its value depends on. */
export function productsBehind(flow: Flow): (name: string) => number {
  const words = Math.ceil(flow.vertices.length / 32);
  const sets = new Map<Vertex, Uint32Array>();
  for (const v of flow.vertices) {
    const set = new Uint32Array(words);
    for (const name of v.data) {
      const from = flow.producer(name);
      if (from === null) continue;
      sets.get(from)!.forEach((word, i) => (set[i]! |= word));
    }
    if (isLinear(flow, v)) set[v.index >> 5]! |= 1 << (v.index & 31);
    sets.set(v, set);
  }
  return name => {
    const v = flow.producer(name);
    return v === null ? 0 : sets.get(v)!.reduce((sum, word) => sum + bits(word), 0);
  };
}

function bits(word: number): number {
  let count = 0;
  for (let rest = word; rest !== 0; rest &= rest - 1) count++;
  return count;
}
