// What several benchmarks share: points, time, and the machine's rate of matrix products.
import {buildModel} from '../dist/onnx/build.js';
import {openSession} from '../dist/onnx/session.js';

const SIDE = 4096;

/** Uniform numbers in [0, 1), the same for a seed. */
export function uniform(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Normal rows whose variance falls as one over the column. */
export function points(rows, cols, seed = 1) {
  const next = uniform(seed);
  const data = new Float32Array(rows * cols);
  for (let i = 0; i < data.length; i++) {
    const z = Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
    data[i] = z / Math.sqrt((i % cols) + 1);
  }
  return {rows, cols, data};
}

/** Wall time in seconds, and the processor time. */
export async function timed(run) {
  const cpu = process.cpuUsage();
  const start = performance.now();
  await run();
  const wall = (performance.now() - start) / 1e3;
  const {user, system} = process.cpuUsage(cpu);
  return {wall, cpu: (user + system) / 1e6};
}

/** The shortest of some rounds. */
export async function best(rounds, run) {
  let fastest = {wall: Infinity, cpu: Infinity};
  for (let i = 0; i < rounds; i++) {
    const time = await timed(run);
    if (time.wall < fastest.wall) fastest = time;
  }
  return fastest;
}

/** Operations in a second of ONNX Runtime's product of two matrices of the type, both fed. */
export async function productRate(type, side = SIDE, threads = undefined) {
  const next = uniform(2);
  const data = new (type === 'float64' ? Float64Array : Float32Array)(side * side).map(() => next() - 0.5);
  const square = name => ({name, type, shape: [side, side]});
  const session = await openSession(
    buildModel({
      inputs: [square('a'), square('b')],
      nodes: [{op: 'MatMul', inputs: ['a', 'b'], outputs: ['c']}],
      outputs: [square('c')],
    }),
    {threads},
  );
  const tensor = {type, dims: [side, side], data};
  await session.run({a: tensor, b: tensor});
  const time = await best(3, () => session.run({a: tensor, b: tensor}));
  await session.release();
  return {wall: (2 * side ** 3) / time.wall, cpu: (2 * side ** 3) / time.cpu};
}

export const peak = () => Math.round(process.resourceUsage().maxRSS / 1024);
