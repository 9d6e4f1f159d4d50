import {fail} from '../../diagnostics/diagnostic.js';
import type {Inputs} from '../define.js';
import type {Row, Samples} from '../ports.js';

/** The column by which tables about single samples name them. */
export const SAMPLE = 'sample';
/** The attribute that needs no table. */
export const LABEL = 'label';

/** The class of every sample. Errors: E304 if one has none. */
export function readLabels({rows}: Samples): Int32Array {
  return Int32Array.from(rows, ({id, label}) => {
    if (label === null)
      fail('E304', `the overlap with labels needs a label for every sample; "${id}" has none`, {
        hint: 'load the data with labels, or compare layers: with: next',
      });
    return label;
  });
}

/**
 * A number of every sample of port `a`, in their order: the label, or a column of the table on port `attributes`.
 *
 * @throws E304 without a label, E501 if the column, or the number of a sample, is not there
 */
export async function readAttribute(inputs: Inputs, name: string): Promise<Float64Array> {
  const {samples} = inputs.activations('a');
  if (name === LABEL) return Float64Array.from(readLabels(samples));
  return readColumn(inputs, name, samples);
}

/**
 * A number of every sample, in their order: a column of the table on port `attributes`, whose rows name their sample by its id.
 *
 * @throws E501 if the column, or the number of a sample, is not there
 */
export async function readColumn(inputs: Inputs, name: string, samples: Samples): Promise<Float64Array> {
  const [table] = await inputs.tables('attributes');
  const {label, columns, rows} = table!;
  const numeric = columns.filter(c => c.type === 'float' || c.type === 'int').map(c => c.name);
  if (!columns.some(c => c.name === SAMPLE))
    fail('E501', `the table of "${label}" does not say which sample its rows are about`, {
      hint: `attributes come from a table with a column "${SAMPLE}", such as that of metric: image-statistics`,
    });
  if (!numeric.includes(name))
    fail('E501', `the table of "${label}" has no column of numbers "${name}"`, {
      hint: `it has: ${numeric.join(', ')}`,
    });
  const values = new Map<Row[string], Row[string]>(rows.map(row => [row[SAMPLE]!, row[name]!]));
  return Float64Array.from(samples.rows, ({id}) => {
    const value = values.get(id);
    if (typeof value === 'number') return value;
    const what = values.has(id) ? `"${name}" is empty` : 'there is no row';
    fail('E501', `the table of "${label}": ${what} for sample "${id}"`, {
      hint: 'make the table from the same load stage as the representations',
    });
  });
}
