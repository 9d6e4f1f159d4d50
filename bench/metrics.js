// Metrics against the machine's own rate of matrix products, measured in the same run. The floor is the time of the products that a
// metric cannot do without, at that rate; of an overlap and of TwoNN, which have none, it is that of their tables of neighbours.
// node bench/metrics.js [part ...] [tokens=N]    (after npm run build; all parts by default, each in a process of its own)
//   twonn, overlap, cka, alpha, alpha-100, kstar; tokens: how many each process measures of a layer of a ViT-B/16 (default: all 197)
import {execFile, spawnSync} from 'node:child_process';
import {availableParallelism} from 'node:os';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {cka, prepareCka} from '../dist/kernels/cka.js';
import {kstar} from '../dist/kernels/kstar.js';
import {nearestNeighbors} from '../dist/kernels/neighbors.js';
import {neighborhoodOverlap} from '../dist/kernels/overlap.js';
import {fitPowerLaw} from '../dist/kernels/power-law.js';
import {leadingSpectrum} from '../dist/kernels/spectrum.js';
import {firstTwoDistances, twonnRegression} from '../dist/kernels/twonn.js';
import {scatters} from '../dist/stages/metric/scatters.js';
import {peak, points, productRate, timed} from './rig.js';

const N = 10_000;
const COLS = 768;
const K = 30;
const LAYERS = 13;
const BLOCKS = 12;
const TOKENS = 197;
const SAMPLES = 1000;

const PARTS = {
  twonn: measureTwonn,
  overlap,
  cka: alignment,
  alpha: () => alphas('alpha', 'all ranks', [11, 500]),
  'alpha-100': () => alphas('alpha-100', 'first 100 ranks', [11, 100]),
  kstar: others,
};

const given = process.argv.slice(2);
const tokens = Number(given.find(arg => arg.startsWith('tokens='))?.slice(7) ?? TOKENS);
/** Says that a process is one of several at once. */
const ALONE = 'alone';
const self = fileURLToPath(import.meta.url);
const execFileAsync = promisify(execFile);
/** @param floor seconds, wall and of the processor */
const line = ({wall, cpu}, floor) => ({
  seconds: +wall.toFixed(2),
  'processor s': +cpu.toFixed(2),
  'floor s': +floor.wall.toFixed(2),
  ratio: +(wall / floor.wall).toFixed(2),
  'by processor': +(cpu / floor.cpu).toFixed(2),
  'peak MB': peak(),
});

const floorOf = (operations, rate) => ({wall: operations / rate.wall, cpu: operations / rate.cpu});

async function measureTwonn() {
  let table;
  const tables = await timed(async () => (table = await nearestNeighbors(points(N, COLS), K)));
  const run = () => {
    const [r1, r2] = firstTwoDistances(table);
    twonnRegression(r1, r2);
  };
  return {'TwoNN of a table of 10000': line(await timed(run), tables)};
}

async function overlap() {
  const tables = [];
  const time = await timed(async () => {
    for (let l = 0; l < LAYERS; l++) tables.push(await nearestNeighbors(points(N, COLS, l + 1), K));
  });
  const all = await timed(() => {
    for (let a = 0; a < LAYERS; a++)
      for (let b = a; b < LAYERS; b++) neighborhoodOverlap(tables[a], tables[b], K);
  });
  return {'overlap of 13 x 13 tables of 10000': line(all, time)};
}

async function alignment() {
  const rate = await productRate('float32');
  const layers = Array.from({length: BLOCKS}, (_, l) => points(N, COLS, l + 1));
  const time = await timed(async () => {
    const sides = [];
    for (const x of layers) sides.push(await prepareCka(x, {kernel: 'linear', bandwidth: 0.5, batch: null}));
    for (let i = 0; i < sides.length; i++)
      for (let j = i; j < sides.length; j++) await cka(sides[i], sides[j]);
  });
  const pairs = (BLOCKS * (BLOCKS - 1)) / 2;
  // Of a layer with itself, the half of the product.
  return {'CKA of 12 x 12 layers of 10000': line(time, floorOf((2 * pairs + BLOCKS) * N * COLS ** 2, rate))};
}

/** A layer that keeps its tokens, as the stage reads it: 1000 samples, one after another. */
async function alphasOfTokens(range) {
  const x = points(SAMPLES * tokens, COLS);
  const layer = {
    rows: SAMPLES,
    tokens,
    dim: COLS,
    dtype: 'float32',
    async *blocks() {
      for (let start = 0; start < x.rows; start += 4096) {
        const count = Math.min(4096, x.rows - start);
        yield {start, count, data: x.data.subarray(start * COLS, (start + count) * COLS)};
      }
    },
  };
  const indices = Int32Array.from({length: SAMPLES}, (_, i) => i);
  const wanted = Array.from({length: tokens}, (_, token) => ({token, indices}));
  const time = await timed(async () => {
    for await (const scatter of scatters(layer, wanted, new AbortController().signal, {threads: 1}))
      fitPowerLaw((await leadingSpectrum(scatter, range[1])).values, range);
  });
  return {...time, peak: peak()};
}

/** A process for each core, all at once, each with as many tokens: as the stage works on layers side by side. */
async function alphas(part, name, range) {
  if (given.includes(ALONE)) return alphasOfTokens(range);
  const rate = await productRate('float64', 2048, 1);
  const cores = availableParallelism();
  const sides = await Promise.all(
    Array.from({length: cores}, async () => {
      const {stdout} = await execFileAsync(process.execPath, [self, part, `tokens=${tokens}`, ALONE]);
      return JSON.parse(stdout);
    }),
  );
  const time = {
    wall: Math.max(...sides.map(side => side.wall)),
    cpu: sides.reduce((sum, side) => sum + side.cpu, 0),
  };
  // Half of the product, and Householder's reduction at the same rate, which it does not reach.
  const operations = tokens * (SAMPLES * COLS ** 2 + (4 / 3) * COLS ** 3);
  const floor = {wall: operations / rate.wall, cpu: (cores * operations) / rate.cpu};
  const share = (BLOCKS * TOKENS) / (cores * tokens);
  const scaled = ({wall, cpu}) => ({wall: wall * share, cpu: cpu * share});
  const most = {'peak MB': Math.max(...sides.map(side => side.peak))};
  return {
    [`alpha of ${tokens} tokens by each of ${cores} processes at once, ${name}`]: {
      ...line(time, floor),
      ...most,
    },
    'extrapolated to 2364 tokens': {...line(scaled(time), scaled(floor)), ...most},
  };
}

async function others() {
  const result = {};
  for (const [rows, cols] of [
    [N, 64],
    [N, COLS],
    [50_000, 64],
    [50_000, COLS],
  ]) {
    const rate = await productRate('float32', 2048);
    const x = points(rows, cols);
    const labels = Int32Array.from({length: rows}, (_, i) => i % 10);
    // Classes apart, so that many samples see no other class among their first neighbours.
    for (let i = 0; i < rows; i++) x.data[i * cols + labels[i]] += 1.5;
    let table;
    const tables = await timed(async () => (table = await nearestNeighbors(x, K)));
    let open = 0;
    for (let i = 0; i < rows; i++) {
      const own = table.indices.subarray(i * K, (i + 1) * K);
      if (own.every(j => labels[j] === labels[i])) open++;
    }
    const time = await timed(() => kstar(x, table, labels));
    result[`k* of ${rows} x ${cols}, ${open} beyond the table`] = {
      ...line(time, floorOf(2 * open * rows * cols, rate)),
      'table s': +tables.wall.toFixed(2),
    };
  }
  return result;
}

const parts = given.filter(arg => !arg.startsWith('tokens=') && arg !== ALONE);
const unknown = parts.filter(part => !(part in PARTS));
if (unknown.length > 0)
  throw new Error(`no part ${unknown.join(', ')}; there are ${Object.keys(PARTS).join(', ')}`);
if (parts.length === 1) {
  const found = await PARTS[parts[0]]();
  if (given.includes(ALONE)) console.log(JSON.stringify(found));
  else console.table(found);
} else {
  for (const part of parts.length === 0 ? Object.keys(PARTS) : parts) {
    const args = [self, part, `tokens=${tokens}`];
    const {status} = spawnSync(process.execPath, args, {stdio: 'inherit'});
    if (status !== 0) process.exitCode = 1;
  }
}
