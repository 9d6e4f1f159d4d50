// Exact nearest neighbours against the machine's own rate of float32 matrix products, measured in the same run: the floor is the time
// of the products of all rows with each other at that rate. Below 1 is what 8-bit products gain. Each size has a process of its own.
// node bench/neighbors.js [ROWSxCOLUMNS ...]    (after npm run build; k = 30; default: all sizes below, and a million points that are
// read block by block)
import {spawnSync} from 'node:child_process';
import {fileURLToPath} from 'node:url';
import {nearestNeighbors, nearestPoints} from '../dist/kernels/neighbors.js';
import {best, peak, points, productRate} from './rig.js';

const K = 30;
const SIZES = [768, 64].flatMap(cols => [1000, 10_000, 50_000, 200_000].map(rows => `${rows}x${cols}`));

const [command, ...given] = process.argv.slice(2);
if (command === 'stream') {
  const [rows, million, cols] = [2000, 1_000_000, 64];
  const part = points(10_000, cols, 2);
  /** The same points again and again, each time a little farther from the others. */
  const stream = {
    rows: million,
    cols,
    *blocks() {
      for (let b = 0; b < million / part.rows; b++) yield part.data.map(value => value * (1 + b / 1000));
    },
  };
  const time = await best(1, () => nearestPoints(points(rows, cols), stream, K));
  console.log(
    `${rows} rows among ${million} points of ${cols} in blocks: ${time.wall.toFixed(1)} s, peak ${peak()} MB; the points are ${(million * cols * 4) / 1e6} MB`,
  );
} else if (command === 'measure') {
  const [rows, cols] = given[0].split('x').map(Number);
  const x = points(rows, cols);
  if (rows <= 20_000) await nearestNeighbors(x, K);
  const time = await best(rows <= 20_000 ? 3 : 1, () => nearestNeighbors(x, K));
  console.log(JSON.stringify({...time, peak: peak()}));
} else {
  const rate = await productRate('float32');
  console.log(
    `float32 products: ${Math.round(rate.wall / 1e9)} GFLOP/s, ${Math.round(rate.cpu / 1e9)} by processor time`,
  );
  const table = {};
  for (const size of command === undefined ? SIZES : [command, ...given]) {
    const [rows, cols] = size.split('x').map(Number);
    const run = spawnSync(process.execPath, [fileURLToPath(import.meta.url), 'measure', size], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const {wall, cpu, peak: megabytes} = JSON.parse(run.stdout);
    const operations = 2 * rows ** 2 * cols;
    table[`${rows} rows of ${cols}`] = {
      seconds: +wall.toFixed(3),
      'processor s': +cpu.toFixed(3),
      'floor s': +(operations / rate.wall).toFixed(3),
      ratio: +((wall * rate.wall) / operations).toFixed(2),
      'by processor': +((cpu * rate.cpu) / operations).toFixed(2),
      'peak MB': megabytes,
    };
  }
  console.table(table);
  if (command === undefined)
    spawnSync(process.execPath, [fileURLToPath(import.meta.url), 'stream'], {stdio: 'inherit'});
}
