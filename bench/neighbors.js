// Exact nearest neighbours against the machine's own rate of matrix products, measured in the same run.
// node bench/neighbors.js [rows ...]    (after npm run build; default 10000; 768 columns, k = 30)
import {buildModel} from '../dist/onnx/build.js';
import {openSession} from '../dist/onnx/session.js';
import {nearestNeighbors} from '../dist/kernels/neighbors.js';

const COLS = 768;
const K = 30;
const ROUNDS = 3;
const SIDE = 4096;

function uniform(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Normal rows whose variance falls as one over the column. */
function points(rows) {
  const next = uniform(1);
  const data = new Float32Array(rows * COLS);
  for (let i = 0; i < data.length; i++) {
    const z = Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
    data[i] = z / Math.sqrt((i % COLS) + 1);
  }
  return {rows, cols: COLS, data};
}

/** Shortest wall time in seconds, and the processor time of that round. */
async function best(rounds, run) {
  let fastest = {wall: Infinity, cpu: Infinity};
  for (let i = 0; i < rounds; i++) {
    const cpu = process.cpuUsage();
    const start = performance.now();
    await run();
    const wall = (performance.now() - start) / 1e3;
    const {user, system} = process.cpuUsage(cpu);
    if (wall < fastest.wall) fastest = {wall, cpu: (user + system) / 1e6};
  }
  return fastest;
}

async function matrixProduct(constant) {
  const next = uniform(2);
  const b = Float32Array.from({length: SIDE * SIDE}, () => next() - 0.5);
  const square = name => ({name, type: 'float32', shape: [SIDE, SIDE]});
  const session = await openSession(
    buildModel({
      inputs: constant ? [square('a')] : [square('a'), square('b')],
      nodes: [{op: 'MatMul', inputs: ['a', 'b'], outputs: ['c']}],
      outputs: [square('c')],
      initializers: constant ? {b: {data: b, shape: [SIDE, SIDE]}} : {},
    }),
  );
  const tensor = {type: 'float32', dims: [SIDE, SIDE], data: b};
  const feeds = constant ? {a: tensor} : {a: tensor, b: tensor};
  await session.run(feeds);
  const time = await best(ROUNDS, () => session.run(feeds));
  await session.release();
  return time;
}

const rate = (operations, {wall, cpu}) => ({
  seconds: +wall.toFixed(3),
  'GFLOP/s': Math.round(operations / wall / 1e9),
  'processor s': +cpu.toFixed(3),
  'GFLOP per processor s': Math.round(operations / cpu / 1e9),
});

const table = {};
const constant = await matrixProduct(true);
const fed = await matrixProduct(false);
const product = 2 * SIDE ** 3;
table['product, second side constant'] = rate(product, constant);
table['product, both sides fed'] = rate(product, fed);
const ceiling = product / Math.min(constant.wall, fed.wall);
const ceilingCpu = product / Math.min(constant.cpu, fed.cpu);

for (const rows of process.argv.length > 2 ? process.argv.slice(2).map(Number) : [10_000]) {
  const x = points(rows);
  const time = await best(rows > 20_000 ? 1 : ROUNDS, () => nearestNeighbors(x, K));
  const operations = 2 * rows ** 2 * COLS;
  table[`neighbours of ${rows} rows`] = {
    ...rate(operations, time),
    'share of the product rate': +(operations / time.wall / ceiling).toFixed(2),
    'by processor time': +(operations / time.cpu / ceilingCpu).toFixed(2),
    'peak MB': Math.round(process.resourceUsage().maxRSS / 1024),
  };
}
console.table(table);
