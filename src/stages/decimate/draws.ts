import {fail} from '../../diagnostics/diagnostic.js';
import type {Draw} from '../../kernels/decimation.js';
import {
  disjointBlocks,
  permutation,
  randomSubset,
  stridedBlocks,
  subsetSize,
} from '../../kernels/decimation.js';
import type {ClassGroup} from '../metric/class-groups.js';
import type {Misfit} from '../misfit.js';
import type {Subset} from '../ports.js';
import {FULL} from '../ports.js';
import {checkSize} from './subset-size.js';

export interface DrawOptions {
  readonly method: 'random' | 'blocks' | 'strided';
  /** Shares of the samples. */
  readonly fractions: readonly number[];
  /** Numbers of samples of each group in place of shares. */
  readonly sizes: readonly number[] | null;
  /** Random draws of each size below the whole; null: 1 / fraction, rounded. */
  readonly repeats: number | null;
}

/**
 * The subsets of each size in turn, each joined from what is taken of every group of samples. Shares are such as `shareMisfit` lets
 * pass. Errors: E501 if a group has too few samples, or a subset is too small to be measured.
 */
export function drawSubsets(groups: readonly ClassGroup[], options: DrawOptions, rng: Draw): Subset[] {
  const {method, fractions, sizes, repeats} = options;
  const n = groups.reduce((sum, {indices}) => sum + indices.length, 0);
  const orders = method === 'blocks' ? groups.map(({indices}) => permutation(indices.length, rng)) : [];

  const subsetsOf = (fraction: number, size: number | null): Subset[] => {
    const parts = size === null ? Math.round(1 / fraction) : partsOf(groups, size);
    const draws = fraction === 1 ? 1 : (repeats ?? Math.round(1 / fraction));
    const taken = groups.map((group, g) => {
      const rows = group.indices.length;
      if (method === 'random') {
        const drawn = size ?? subsetSize(rows, fraction);
        return Array.from({length: draws}, () => randomSubset(rows, drawn, rng));
      }
      const block = size ?? Math.floor(rows / parts);
      if (block === 0) failParts(group, parts);
      return method === 'blocks' ? disjointBlocks(orders[g]!, parts, block) : stridedBlocks(parts, block);
    });
    const asked = size === null ? `fraction ${fraction}` : `size ${size}`;
    return Array.from({length: method === 'random' ? draws : parts}, (_, repeat) => {
      const rows = groups.flatMap(({indices}, g) => Array.from(taken[g]![repeat]!, at => indices[at]!));
      checkSize(asked, rows.length, n, 'leave out the smallest fractions, or load more samples');
      const id = fraction === 1 ? FULL : `${size ?? fraction}/${repeat}`;
      return {id, fraction, repeat, indices: Int32Array.from(rows).sort()};
    });
  };
  return sizes === null
    ? fractions.flatMap(fraction => subsetsOf(fraction, null))
    : sizes.flatMap(size => subsetsOf((size * groups.length) / n, size));
}

/** How many parts of a size every group has samples for. */
function partsOf(groups: readonly ClassGroup[], size: number): number {
  for (const group of groups)
    if (size > group.indices.length)
      fail(
        'E501',
        `sizes: ${size} of the ${group.indices.length} samples of ${nameOf(group)} are asked for`,
        {
          hint: 'take smaller sizes, or load more samples',
        },
      );
  return Math.min(...groups.map(({indices}) => Math.floor(indices.length / size)));
}

/** How far a fraction may be from that of equal parts, as a share of it: 0.33 is a third, 0.17 a sixth. */
const ROUNDED = 0.025;

/** Of a share that no number of equal parts has. */
export function shareMisfit({method, fractions, sizes}: Omit<DrawOptions, 'repeats'>): Misfit | null {
  if (method === 'random' || sizes !== null) return null;
  const odd = fractions.find(share => Math.abs(share * Math.round(1 / share) - 1) > ROUNDED);
  if (odd === undefined) return null;
  return {
    code: 'E501',
    param: 'fractions',
    message: `fractions: method ${method} cannot make equal parts of which each is ${odd} of the samples`,
    hint: 'take 1, 0.5, 0.333, 0.25 and so on; or method: random',
  };
}

function failParts(group: ClassGroup, parts: number): never {
  fail('E501', `${parts} parts are asked of the ${group.indices.length} samples of ${nameOf(group)}`, {
    hint: 'leave out the smallest fractions, or load more samples',
  });
}

const nameOf = ({group}: ClassGroup): string => (group === null ? 'the whole' : `class "${group}"`);
