import type {Static} from '#typebox';
import {Type} from '#typebox';
import {countUsable, fitPowerLaw, robustReach} from '../../kernels/power-law.js';
import type {Spectrum} from '../../kernels/spectrum.js';
import type {Misfit} from '../misfit.js';
import type {Column, Row} from '../ports.js';

/** How a power law is fitted to a spectrum. */
export const ALPHA_PARAMS = Type.Object({
  ranges: Type.Array(Type.Array(Type.Integer({minimum: 1}), {minItems: 2, maxItems: 2}), {
    default: [[11, 500]],
    minItems: 1,
    description:
      'first and last rank to fit, from 1; each pair gives a row. A range ends where eigenvalues end or are rounding (1e-12 of the largest)',
  }),
  fit: Type.Enum(['weighted', 'unweighted', 'robust'], {
    default: 'weighted',
    description:
      'least squares with the weights 1/n, without weights, or the median of the slopes of sliding windows of a tenth of the range',
  }),
});

export const ALPHA_COLUMNS: readonly Column[] = [
  {name: 'range', type: 'string', description: 'the ranks asked for'},
  {name: 'alpha', type: 'float', description: 'spectral decay alpha (lambda_n ~ n^-alpha)'},
  {
    name: 'std_error',
    type: 'float',
    description: 'standard error of alpha by least squares; null of a robust fit',
  },
  {name: 'intercept', type: 'float', description: 'log share of the variance that the line has at rank 1'},
  {
    name: 'r2',
    type: 'float',
    description: 'share of the variance of log lambda over the ranks fitted that the line explains',
  },
  {name: 'first_rank', type: 'int', description: 'first rank fitted'},
  {name: 'last_rank', type: 'int', description: 'last rank fitted'},
  {name: 'fit', type: 'string', description: 'how the line was fitted: weighted (1/n), unweighted or robust'},
  {
    name: 'eigenvalues',
    type: 'int',
    description: 'eigenvalues above rounding; null of 2048 and more if only the ranks to fit were computed',
  },
];

/** Of a range of fewer ranks than a line needs. */
export function rangeMisfit({ranges}: Static<typeof ALPHA_PARAMS>): Misfit | null {
  const short = (ranges as [number, number][]).find(([first, last]) => last - first < 2);
  if (short === undefined) return null;
  const [first, last] = short;
  return {
    code: 'E501',
    param: 'ranges',
    message: `ranges: from rank ${first} to rank ${last} are fewer than three eigenvalues`,
    hint: 'a line needs three at least, as in [[11, 500]]',
  };
}

/** How many eigenvalues the fits look at: windows of a robust one reach beyond its range. */
export const ranksNeeded = ({ranges, fit}: Static<typeof ALPHA_PARAMS>): number =>
  Math.max(
    ...(ranges as [number, number][]).map(([first, last]) =>
      fit === 'robust' ? last + robustReach(first, last) : last,
    ),
  );

/**
 * A row for each range, all of three ranks at least.
 *
 * @param spectrum by rank; what is negative counts by its absolute value
 */
export function alphaRows(
  {status, values, rest, usable}: Spectrum,
  {ranges, fit}: Static<typeof ALPHA_PARAMS>,
): readonly Row[] {
  const total = values.reduce((sum, value) => sum + value, rest ?? 0);
  const shares = values.map(value => Math.abs(value / total));
  return ranges.map((range): Row => {
    const [first, last] = range as [number, number];
    const about = {range: `${first}-${last}`, fit};
    if (status !== 'ok') return {...about, status};
    const line = fitPowerLaw(shares, [first, last], fit);
    const fitted = line.status === 'ok';
    return {
      ...about,
      alpha: line.alpha,
      std_error: line.standardError,
      intercept: line.intercept,
      r2: line.r2,
      first_rank: fitted ? line.first : null,
      last_rank: fitted ? line.last : null,
      eigenvalues: rest === undefined ? countUsable(shares) : (usable ?? null),
      status: line.status,
    };
  });
}
