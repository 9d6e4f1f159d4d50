import {fail} from '../../diagnostics/diagnostic.js';
import type {Samples} from '../ports.js';

export interface ClassGroup {
  /** Name of the class; null for samples of all classes together. */
  readonly group: string | null;
  /** Row numbers, in the order in which they were given. */
  readonly indices: Int32Array;
}

/**
 * Rows class by class, in the order of labels; classes without any are left out.
 *
 * @param asked the parameter that asks for it, as it is written
 * @throws E304 if a row has no label
 */
export function classGroups(indices: Int32Array, {rows, classes}: Samples, asked: string): ClassGroup[] {
  const members = new Map<number, number[]>();
  for (const i of indices) {
    const label = rows[i]!.label;
    if (label === null)
      fail('E304', `${asked} needs a label for every sample; "${rows[i]!.id}" has none`, {
        hint: `load the data with labels, or set ${asked.replace(/: .*/, ': none')}`,
      });
    const list = members.get(label);
    if (list === undefined) members.set(label, [i]);
    else list.push(i);
  }
  return [...members]
    .sort(([a], [b]) => a - b)
    .map(([label, own]) => ({group: classes[label] ?? String(label), indices: Int32Array.from(own)}));
}
