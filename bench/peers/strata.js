// One round of Strata: node bench/peers/strata.js TASK DATA-FOLDER RESULT-FILE. Prints {seconds, cpu} as JSON.
import {spawnSync} from 'node:child_process';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {cka, prepareCka} from '../../dist/kernels/cka.js';
import {fitLogistic} from '../../dist/kernels/logistic.js';
import {nearestNeighbors} from '../../dist/kernels/neighbors.js';
import {covarianceSpectrum} from '../../dist/kernels/spectrum.js';
import {readNpy} from '../../dist/stages/load/npy.js';
import {C, K, LAYERS, SOME, TASKS, weight} from './tasks.js';

const threads = 2;
/** Rows of the warm-up. */
const FEW = 500;
const bin = fileURLToPath(new URL('../../bin/strata.js', import.meta.url));

const [name, folder, result] = process.argv.slice(2);
const task = TASKS[name];
const file = join(folder, `${task.data}.npy`);

const KERNELS = {
  neighbors: async x => Float64Array.from((await nearestNeighbors(x, K, {threads})).indices),
  spectrum: async x => (await covarianceSpectrum(x, {threads})).values,
  spectra: async ({rows, cols, data}) => {
    const found = [];
    for (let start = 0; start < rows; start += SOME) {
      const count = Math.min(SOME, rows - start);
      const some = {rows: count, cols, data: data.subarray(start * cols, (start + count) * cols)};
      found.push(...(await covarianceSpectrum(some, {threads})).values);
    }
    return Float64Array.from(found);
  },
  cka: async x => {
    const options = {kernel: 'linear', bandwidth: 0.5, batch: null, threads};
    const sides = [];
    for (let layer = 0; layer < LAYERS; layer++) {
      const weights = Float32Array.from({length: x.cols}, (_, c) => weight(layer, c));
      const data = new Float32Array(x.data.length);
      for (let at = 0; at < data.length; at += x.cols)
        for (let c = 0; c < x.cols; c++) data[at + c] = x.data[at + c] * weights[c];
      sides.push(await prepareCka({...x, data}, options));
    }
    const found = [];
    for (const [i, a] of sides.entries())
      for (const b of sides.slice(i)) found.push((await cka(a, b, options)).biased);
    return Float64Array.from(found);
  },
  logistic: async (x, labels) => {
    const classes = labels.reduce((most, label) => Math.max(most, label + 1), 0);
    return Float64Array.of((await fitLogistic(x, labels, classes, {C, threads})).objective);
  },
};

/** In this process, after a warm-up on a few rows. */
async function measureKernel(kernel) {
  const {shape, data} = await readNpy(file);
  const [rows, cols] = shape;
  const labels = Int32Array.from((await readNpy(join(folder, `${task.data}-labels.npy`))).data);
  await kernel({rows: FEW, cols, data: data.slice(0, FEW * cols)}, labels.slice(0, FEW));
  const cpu = process.cpuUsage();
  const start = performance.now();
  const values = await kernel({rows, cols, data}, labels);
  const seconds = (performance.now() - start) / 1e3;
  const {user, system} = process.cpuUsage(cpu);
  writeFileSync(result, values);
  return {seconds, cpu: (user + system) / 1e6, peak: process.resourceUsage().maxRSS / 1024};
}

/** By an experiment: the seconds of the view, and of the neighbours that are found for it. */
function measureView(view) {
  const place = mkdtempSync(join(tmpdir(), 'strata-peers-'));
  const strata = (...args) =>
    spawnSync(process.execPath, [bin, ...args], {cwd: place, encoding: 'utf8', maxBuffer: 2 ** 28}).stdout;
  try {
    const experiment = [
      'strata: 1',
      'name: view',
      'stages:',
      `  data: {stage: load, source: matrix, path: ${JSON.stringify(file)}}`,
      `  view: {stage: project, view: ${view}, from: data, job: {cpu: ${threads}}}`,
    ];
    writeFileSync(join(place, 'view.yaml'), experiment.join('\n'));
    const events = strata('run', '--json', 'view.yaml')
      .trim()
      .split('\n')
      .map(line => JSON.parse(line));
    const ends = events.filter(e => e.type === 'stage-finished' && e.stage !== 'data');
    const failed = ends.find(e => e.outcome === 'failed');
    if (failed !== undefined || ends.length === 0) throw new Error(JSON.stringify(failed ?? events));
    const rows = JSON.parse(strata('show', 'view', 'view', '--json'));
    writeFileSync(result, Float64Array.from(rows.flatMap(({x, y}) => [x, y])));
    return {seconds: ends.reduce((sum, e) => sum + e.seconds, 0), kl: rows[0].kl ?? null};
  } finally {
    rmSync(place, {recursive: true});
  }
}

const measured = task.view === undefined ? await measureKernel(KERNELS[name]) : measureView(task.view);
console.log(JSON.stringify(measured));
