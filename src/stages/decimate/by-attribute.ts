import {quantileBins} from '../../kernels/attribute-overlap.js';
import {binMembers} from '../../kernels/decimation.js';
import type {Inputs} from '../define.js';
import {readColumn} from '../metric/attribute.js';
import type {Samples, Subset} from '../ports.js';
import {checkSize} from './subset-size.js';

/** Significant digits of the range that the id of a subset tells. */
const DIGITS = 4;

/**
 * A subset for each quantile bin of a number of the samples, in ascending order: its id tells the number, the bin and the range
 * from its smallest to its largest value; `repeat` is the bin, from 0. A bin is empty, and has no subset, where many samples
 * have the same number. Errors: those of `readColumn`, and E501 if a bin is too small to be measured.
 */
export async function attributeSubsets(
  inputs: Inputs,
  samples: Samples,
  {attribute, bins}: {readonly attribute: string; readonly bins: number},
): Promise<Subset[]> {
  const values = await readColumn(inputs, attribute, samples);
  return binMembers(quantileBins(values, bins), bins).flatMap((indices, repeat): Subset[] => {
    if (indices.length === 0) return [];
    const own = Float64Array.from(indices, row => values[row]!).sort();
    const [low, high] = [own[0]!, own.at(-1)!].map(value => Number(value.toPrecision(DIGITS)));
    const id = `${attribute} q${repeat + 1}: ${low!} to ${high!}`;
    checkSize(id, indices.length, values.length, 'take fewer bins, or load more samples');
    return [{id, fraction: indices.length / values.length, repeat, indices}];
  });
}
