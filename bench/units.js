// A run of many small units in worker processes: what one costs, and whether the memory of the main process grows with
// their number. 39 layers of shapes-vit, and as many metrics of each as it takes.
// node bench/units.js [units]    (after npm run build; Linux; default 10000)
import {spawn} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {fileURLToPath} from 'node:url';

const path = name => fileURLToPath(new URL(`../${name}`, import.meta.url));
const wanted = Number(process.argv[2] ?? 10_000);
const LAYERS = 39;
const metrics = Math.ceil(wanted / LAYERS);
const folder = mkdtempSync(join(tmpdir(), 'strata-units-'));
const model = path('models/shapes-vit/final.onnx');
const stages = Array.from({length: metrics}, (_, i) => {
  return `  id${i}: {stage: metric, metric: twonn, from: hidden, fraction: ${((i + 1) / (metrics + 1)).toFixed(5)}}`;
});
const lines = [
  'strata: 1',
  'name: units',
  'stages:',
  '  shapes: {stage: load, source: shapes, n: 60}',
  `  pixels: {stage: preprocess, from: shapes, preset: auto, model: ${model}}`,
  `  hidden: {stage: extract, from: pixels, model: ${model}, layers: [embed, blocks, 'blocks.*.ln1', 'blocks.*.ln2', 'blocks.*.attn', 'blocks.*.mlp', 'blocks.*.mlp.act', norm, head]}`,
  ...stages,
];
writeFileSync(join(folder, 'units.yaml'), `${lines.join('\n')}\n`);

const start = performance.now();
const child = spawn(process.execPath, [path('bin/strata.js'), 'run', '--json', 'units.yaml'], {
  cwd: folder,
  env: {...process.env, STRATA_STORE: ''},
  stdio: ['ignore', 'pipe', 'inherit'],
});
const resident = () =>
  Number(/VmRSS:\s*(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))[1]) / 1024;
let units = 0;
const table = {};
for await (const line of createInterface({input: child.stdout})) {
  if (!line.startsWith('{"type":"unit-finished"')) {
    if (line.includes('"code"')) console.log(line);
    continue;
  }
  units++;
  if (units % Math.ceil(wanted / 8) === 0) {
    const seconds = (performance.now() - start) / 1e3;
    table[`${units} units`] = {
      seconds: +seconds.toFixed(1),
      'ms a unit': +((seconds * 1e3) / units).toFixed(1),
      'main process, MB': Math.round(resident()),
    };
  }
}
if (units < wanted) throw new Error(`only ${units} units were run`);
console.table(table);
rmSync(folder, {recursive: true});
