import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {anisotropy} from '../../src/kernels/anisotropy.js';
import {attributeDifference, attributeOverlap} from '../../src/kernels/attribute-overlap.js';
import {cka, prepareCka} from '../../src/kernels/cka.js';
import {gride} from '../../src/kernels/gride.js';
import {informationImbalance} from '../../src/kernels/information-imbalance.js';
import {kstar, kstarDistribution} from '../../src/kernels/kstar.js';
import type {Matrix} from '../../src/kernels/matrix.js';
import {nearestNeighbors} from '../../src/kernels/neighbors.js';
import {labelOverlap, neighborhoodOverlap} from '../../src/kernels/overlap.js';
import {participationRatio} from '../../src/kernels/pca-id.js';
import {fitPowerLaw} from '../../src/kernels/power-law.js';
import {rankOverlap} from '../../src/kernels/rank-overlap.js';
import {covarianceSpectrum} from '../../src/kernels/spectrum.js';
import {prepareSvcca, svcca} from '../../src/kernels/svcca.js';
import {firstTwoDistances, twonnLikelihood, twonnRegression} from '../../src/kernels/twonn.js';
import {lin} from '../golden/golden.js';
import {reordered, turned} from './moved.js';

/** What no metric of a representation may see: where it lies, how it is turned and scaled, and in which order its rows stand. */

const ROWS = 90;
const K = 10;

/** A representation of some samples, another of the same, and what else is known of them. */
interface Given {
  readonly x: Matrix;
  readonly other: Matrix;
  readonly labels: Int32Array;
  readonly numbers: Float64Array;
}

const CKA = {kernel: 'linear', bandwidth: 1, batch: null} as const;
const neighbors = (x: Matrix) => nearestNeighbors(x, K);

/** Every number that a metric makes of `x`. */
const METRICS: Readonly<Record<string, (given: Given) => Promise<readonly (number | null)[]>>> = {
  async TwoNN({x}) {
    const [r1, r2] = firstTwoDistances(await nearestNeighbors(x, 2));
    const {dimension, pearson} = twonnRegression(r1, r2);
    return [dimension, pearson, twonnLikelihood(r1, r2).dimension];
  },
  async Gride({x}) {
    const scales = gride(await nearestNeighbors(x, 16), {rangeMax: 16});
    return scales.flatMap(({dimension, error}) => [dimension, error]);
  },
  async anisotropy({x}) {
    return [(await anisotropy(x)).anisotropy];
  },
  async 'spectral decay and participation ratio'({x}) {
    const {values} = await covarianceSpectrum(x);
    return [fitPowerLaw(values, [1, 4]).alpha, participationRatio(values)];
  },
  async 'overlap with another representation'({x, other}) {
    const [a, b] = [await neighbors(x), await neighbors(other)];
    const {averageOverlap, rboExtrapolated, weightedOverlap, lcs} = (await rankOverlap(a, b, {
      k: K,
      p: 0.9,
    }))!;
    return [neighborhoodOverlap(a, b, K).mean, averageOverlap, rboExtrapolated, weightedOverlap, lcs];
  },
  async 'overlap with labels'({x, labels}) {
    const {mean, weighted, classes} = labelOverlap(await neighbors(x), labels, 3, {k: K});
    return [mean, weighted!.mean, ...classes!.map(c => c.mean)];
  },
  async 'overlap with a number'({x, numbers}) {
    const table = await neighbors(x);
    return [
      attributeOverlap(table, numbers, K, 0.25).mean,
      attributeDifference(table, numbers, K)!.neighbors,
    ];
  },
  async 'k*'({x, labels}) {
    const found = kstarDistribution(await kstar(x, await neighbors(x), labels), labels)!;
    return [found.pooled, found.classMean, ...found.classes.flatMap(({mean, std}) => [mean, std])];
  },
  async 'information imbalance'({x, other}) {
    const forth = await informationImbalance(await neighbors(x), other, 1);
    const back = await informationImbalance(await neighbors(other), x, 1);
    return [forth.imbalance, forth.standardError, back.imbalance, back.standardError];
  },
  async CKA({x, other}) {
    const {biased, debiased} = await cka(await prepareCka(x, CKA), await prepareCka(other, CKA));
    return [biased, debiased];
  },
  async 'canonical correlations'({x, other}) {
    const all = {variance: 1};
    const {mean, weighted} = await svcca(await prepareSvcca(x, all), await prepareSvcca(other, all));
    // The weights by the columns of x are not among them: they change as it is turned.
    return [mean, weighted![1]];
  },
};

function draw(seed: number): Given {
  const x = lin(seed, ROWS, 3, 5);
  const noise = lin(seed + 1, ROWS, 4, 5);
  const other = {...x, data: x.data.map((value, i) => Math.tanh(value) + noise.data[i]! / 4)};
  const numbers = Float64Array.from({length: ROWS}, (_, i) => x.data[5 * i]! + noise.data[5 * i]!);
  const labels = Int32Array.from(numbers, (value, i) => (value > 0.3 ? 2 : i % 2));
  return {x, other, labels, numbers};
}

function expectAlike(found: readonly (number | null)[], expected: readonly (number | null)[]): void {
  expect(found).toHaveLength(expected.length);
  expected.forEach((value, i) => {
    if (value === null) expect(found[i]).toBeNull();
    else expect(Math.abs(found[i]! - value)).toBeLessThan(1e-6 * (1 + Math.abs(value)));
  });
}

describe.each(Object.entries(METRICS))('%s', (_, measure) => {
  test('does not see rotation, reflection, scale and translation', async () => {
    const arbitrary = fc.record({
      seed: fc.nat(),
      angle: fc.double({min: 0, max: 6, noNaN: true}),
      scale: fc.double({min: 1e-3, max: 1e3, noNaN: true}),
      shift: fc.double({min: -50, max: 50, noNaN: true}),
      reflected: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(arbitrary, async ({seed, angle, scale, shift, reflected}) => {
        const given = draw(seed);
        const rotated = turned(turned(given.x, 0, 3, angle), 1, 4, 2 * angle);
        const data = rotated.data.map((value, i) => {
          const sign = reflected && i % 5 === 2 ? -1 : 1;
          return scale * (sign * value + (i % 5) * shift);
        });
        expectAlike(await measure({...given, x: {...rotated, data}}), await measure(given));
      }),
      {numRuns: 12},
    );
  });

  test('does not see the order of the rows', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(),
        fc.shuffledSubarray(
          Array.from({length: ROWS}, (_, i) => i),
          {minLength: ROWS},
        ),
        async (seed, order) => {
          const given = draw(seed);
          const mixed = {
            x: reordered(given.x, order),
            other: reordered(given.other, order),
            labels: Int32Array.from(order, i => given.labels[i]!),
            numbers: Float64Array.from(order, i => given.numbers[i]!),
          };
          expectAlike(await measure(mixed), await measure(given));
        },
      ),
      {numRuns: 12},
    );
  });
});

describe('rows that are there twice', () => {
  const doubled = (x: Matrix): Matrix => reordered(x, [...Array(ROWS).keys(), ...Array(ROWS).keys()]);

  test('change nothing that is made of means over rows', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), async seed => {
        const given = draw(seed);
        const twice = {...given, x: doubled(given.x), other: doubled(given.other)};
        for (const name of ['anisotropy', 'spectral decay and participation ratio', 'canonical correlations'])
          expectAlike(await METRICS[name]!(twice), await METRICS[name]!(given));
        const biased = async (of: Given) => (await METRICS['CKA']!(of)).slice(0, 1);
        expectAlike(await biased(twice), await biased(given));
      }),
      {numRuns: 8},
    );
  });

  test('are neighbours of each other in every representation, and leave TwoNN nothing', async () => {
    const {x, other} = draw(5);
    const [a, b] = [await nearestNeighbors(doubled(x), 2), await nearestNeighbors(doubled(other), 2)];
    expect(neighborhoodOverlap(a, b, 1).mean).toBe(1);
    expect(twonnRegression(...firstTwoDistances(a))).toMatchObject({
      status: 'insufficient',
      nZero: 2 * ROWS,
      nValid: 0,
      dimension: null,
    });
  });

  test('of another class are the first that k* and the overlap with labels see', async () => {
    const {x, labels} = draw(6);
    const both = doubled(x);
    const classes = Int32Array.from(
      {length: 2 * ROWS},
      (_, i) => (labels[i % ROWS]! + (i < ROWS ? 0 : 1)) % 3,
    );
    const table = await nearestNeighbors(both, 1);
    expect([...(await kstar(both, table, classes))]).toEqual(new Array(2 * ROWS).fill(1));
    expect(labelOverlap(table, classes, 3, {k: 1}).mean).toBe(0);
  });
});
