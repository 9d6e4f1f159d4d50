// The data that both sides read: seeded, as .npy, made once for a run of the benchmark.
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';

/** Mulberry32: uniform numbers in [0, 1). */
function uniform(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Standard normal numbers (Box and Muller 1958). */
function normal(seed) {
  const next = uniform(seed);
  return () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
}

function writeNpy(file, shape, data) {
  const type = data instanceof Int32Array ? '<i4' : '<f4';
  const text = `{'descr': '${type}', 'fortran_order': False, 'shape': (${shape.join(', ')},), }`;
  // Magic, version and length take 10 bytes; all of the header is a multiple of 64.
  const header = `${text.padEnd(Math.ceil((text.length + 11) / 64) * 64 - 11)}\n`;
  const head = Buffer.alloc(10);
  head.write('\x93NUMPY\x01\x00', 'latin1');
  head.writeUInt16LE(header.length, 8);
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  writeFileSync(file, Buffer.concat([head, Buffer.from(header), bytes]));
}

/** Classes with normal means and normal noise, the variance falling as one over the column. */
function clouds(seed, {rows, cols, classes, apart}) {
  const next = normal(seed);
  const means = Float64Array.from({length: classes * cols}, () => apart * next());
  const labels = Int32Array.from({length: rows}, (_, i) => i % classes);
  const data = new Float32Array(rows * cols);
  for (let i = 0; i < data.length; i++) {
    const col = i % cols;
    const mean = means[labels[Math.floor(i / cols)] * cols + col];
    data[i] = (mean + next()) / Math.sqrt(col + 1);
  }
  return {data, labels};
}

const SETS = {
  points: {rows: 10_000, cols: 768, classes: 1, apart: 0},
  classes: {rows: 10_000, cols: 768, classes: 100, apart: 0.3},
  small: {rows: 5000, cols: 64, classes: 10, apart: 1},
};

/** Writes `NAME.npy` and `NAME-labels.npy` into a folder. */
export function writeData(folder, names) {
  names.forEach(name => {
    const set = SETS[name];
    const {data, labels} = clouds(Object.keys(SETS).indexOf(name) + 1, set);
    writeNpy(join(folder, `${name}.npy`), [set.rows, set.cols], data);
    writeNpy(join(folder, `${name}-labels.npy`), [set.rows], labels);
  });
}
