import {expect, test} from 'vitest';
import {anisotropy} from '../../../src/kernels/anisotropy.js';
import {crossValidatedSpectrum} from '../../../src/kernels/cross-validated-spectrum.js';
import type {Matrix} from '../../../src/kernels/matrix.js';
import {nearestNeighbors} from '../../../src/kernels/neighbors.js';
import {fitPowerLaw} from '../../../src/kernels/power-law.js';
import {takeRows} from '../../../src/kernels/take-rows.js';
import {firstTwoDistances, twonnRegression} from '../../../src/kernels/twonn.js';
import type {Layer} from '../../../src/stages/ports.js';
import {mulberry32} from '../../golden/golden.js';
import {liveBytes} from '../../rig/live-bytes.js';
import {runMetric} from './run-metric.js';

/** Metrics that read a layer block by block hold far less than the layer, however large it is. */

const MB = 2 ** 20;

/** Numbers of falling variance about 3. */
function some(seed: number, rows: number, cols: number): Matrix {
  const u = mulberry32(seed);
  const data = Float32Array.from({length: rows * cols}, (_, i) => 3 + (u() - 0.5) / ((i % cols) + 1));
  return {rows, cols, data};
}

/** A layer that repeats some rows so often, and notes how much is held at most while it is read. */
class Repeated {
  readonly layer: Layer;
  readonly bytes: number;
  reads = 0;
  most = 0;
  private readonly before = liveBytes();

  constructor({rows, cols: dim, data}: Matrix, times: number) {
    this.bytes = data.byteLength * times;
    const note = (): void => {
      this.most = Math.max(this.most, liveBytes() - this.before);
    };
    const read = (): void => {
      this.reads++;
    };
    this.layer = {
      ...{name: 'a', index: 0, depth: 1, rows: rows * times, tokens: 1, dim, dtype: 'float32'},
      async *blocks() {
        read();
        for (let t = 0; t < times; t++) {
          if (t % Math.ceil(times / 4) === 0) note();
          yield await Promise.resolve({start: t * rows, count: rows, data});
        }
        note();
      },
      matrix: () => Promise.reject(new Error('the whole layer')),
    };
  }
}

/** What repeating all rows makes of them: shares stay, sums grow. */
async function expected(x: Matrix, times: number): Promise<Record<string, unknown>> {
  const {anisotropy: share, trace, meanCosine} = await anisotropy(x);
  const n = x.rows * times;
  const cosines = meanCosine! * x.rows * (x.rows - 1) + x.rows;
  return {
    status: 'ok',
    anisotropy: expect.closeTo(share!, 11),
    trace: expect.closeTo((trace! * (x.rows - 1) * times) / (n - 1), 11),
    mean_cosine: expect.closeTo((cosines * times * times - n) / (n * (n - 1)), 11),
  };
}

test('anisotropy of many samples, and of many columns', async () => {
  for (const [x, times, limit, reads] of [
    [some(1, 256, 512), 256, 30, 2],
    // Some columns of all samples are held, 2^25 numbers at a time.
    [some(2, 16, 300_000), 17, 150, 4],
  ] as const) {
    const repeated = new Repeated(x, times);
    expect(repeated.bytes).toBeGreaterThan(2 * limit * MB);
    const [row] = await runMetric('metric/anisotropy', {}, {layers: [repeated.layer]});
    expect(row).toMatchObject(await expected(x, times));
    expect(repeated.reads).toBe(reads);
    expect(repeated.most).toBeLessThan(limit * MB);
  }
});

test('anisotropy of many classes, of which some are held at a time', async () => {
  const [x, times, classes] = [some(3, 256, 512), 256, 8];
  const repeated = new Repeated(x, times);
  const rows = await runMetric(
    'metric/anisotropy',
    {groupBy: 'class'},
    {layers: [repeated.layer], labels: Array.from({length: 256 * times}, (_, i) => i % classes)},
  );
  for (const [c, row] of rows.entries()) {
    const own = Array.from({length: 256 / classes}, (_, i) => i * classes + c);
    expect(row).toMatchObject({
      group: `${c}`,
      n: own.length * times,
      ...(await expected(takeRows(x, own), times)),
    });
  }
  expect(rows).toHaveLength(classes);
  expect(repeated.reads).toBe(2);
  expect(repeated.most).toBeLessThan(80 * MB);
});

test('the neighbours of classes, which are held and not the layer', async () => {
  const [x, classes] = [some(6, 3000, 64), 3];
  const repeated = new Repeated(x, 1);
  const labels = Array.from({length: x.rows}, (_, i) => i % classes);
  const rows = await runMetric('metric/twonn', {groupBy: 'class'}, {layers: [repeated.layer], labels});
  for (const [c, row] of rows.entries()) {
    const own = Array.from({length: x.rows / classes}, (_, i) => i * classes + c);
    const [r1, r2] = firstTwoDistances(await nearestNeighbors(takeRows(x, own), 2));
    const {dimension} = twonnRegression(r1, r2);
    expect(row).toMatchObject({group: `${c}`, id: dimension, n: own.length, status: 'ok'});
  }
  expect(rows).toHaveLength(classes);
  expect(repeated.reads).toBe(1);
});

// Of many columns bands are held as for the anisotropy.
test('cross-validated alpha of many samples', async () => {
  const [rows, cols, times, limit] = [256, 200, 400, 40];
  const [x, noise] = [some(4, rows, cols), some(5, rows, cols)];
  const y = {...x, data: x.data.map((value, i) => value + 0.1 * noise.data[i]!)};
  const [a, b] = [new Repeated(x, times), new Repeated(y, times)];
  expect(a.bytes + b.bytes).toBeGreaterThan(2 * limit * MB);
  const given = {layers: [a.layer], others: [b.layer]};
  const [row] = await runMetric('metric/cross-validated-alpha', {ranges: [[2, 12]]}, given);
  const {values} = await crossValidatedSpectrum(x, y);
  expect(row!['alpha']).toBeCloseTo(fitPowerLaw(values, [2, 12]).alpha!, 10);
  expect(Math.max(a.most, b.most)).toBeLessThan(limit * MB);
});
