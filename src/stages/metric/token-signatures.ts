import {fail} from '../../diagnostics/diagnostic.js';
import type {Matrix} from '../../kernels/matrix.js';
import type {Table} from '../ports.js';

export interface TokenSignatures {
  /** Tokens of a sample. */
  readonly tokens: number;
  /** What each token from `first` on has over the layers: tokens x layers, without the layers where one of them has nothing. */
  readonly signatures: (first: number) => Matrix;
}

/**
 * Reads a column of a table with one row for each token of each layer.
 *
 * @throws E501 if the table is not such a one
 */
export function tokenSignatures({label, rows}: Table, column: string): TokenSignatures {
  const layers = new Map<unknown, Map<number, number | null>>();
  for (const row of rows) {
    const {layer, token} = row;
    // A layer without tokens of its own, or a row about all of them.
    if (typeof token !== 'number') continue;
    const values = layers.get(layer) ?? new Map<number, number | null>();
    layers.set(layer, values);
    if (values.has(token))
      fail('E501', `table "${label}" has more than one row for token ${token} of layer "${String(layer)}"`, {
        hint: 'cluster by one subset, group and range at a time',
      });
    const value = row[column];
    values.set(token, typeof value === 'number' ? value : null);
  }
  const tokens = Math.max(0, ...[...layers.values()].map(values => values.size));
  if (tokens === 0)
    fail('E501', `table "${label}" has no rows of tokens`, {
      hint: 'measure layers that keep their tokens: extract them with pool: tokens, or load arrays of (samples, tokens, dim) by source: activations',
    });
  for (const [layer, values] of layers)
    if (values.size !== tokens)
      fail('E501', `layer "${String(layer)}" has ${values.size} tokens where another has ${tokens}`, {
        hint: 'measure layers with the same tokens',
      });
  return {
    tokens,
    signatures: first => {
      const count = tokens - first;
      const all = [...layers.values()].map(values =>
        Array.from({length: count}, (_, i) => values.get(first + i) ?? null),
      );
      const defined = all.filter(values => values.every(value => value !== null));
      const data = Array.from({length: count}, (_, i) => defined.map(values => values[i]!)).flat();
      return {rows: count, cols: defined.length, data: Float64Array.from(data)};
    },
  };
}
