// Views of 5000 rows of 64 columns in ten clusters, as stages make them: t-SNE and UMAP at their defaults, with the neighbours they need.
// node bench/project.js [rows]    (after npm run build; default 5000)
import {nearestNeighbors} from '../dist/kernels/neighbors.js';
import {loadStage} from '../dist/stages/registry.js';
import {createRng, normal} from '../dist/stages/rng.js';

const COLS = 64;
const CLUSTERS = 10;

/** Normal rows around normal centres. */
function points(rows) {
  const rng = createRng(1);
  const centres = Float64Array.from({length: CLUSTERS * COLS}, () => normal(rng));
  const data = Float32Array.from(
    {length: rows * COLS},
    (_, i) => centres[(Math.floor(i / COLS) % CLUSTERS) * COLS + (i % COLS)] + normal(rng),
  );
  return {rows, cols: COLS, data};
}

/** Wall and processor time of a task, in seconds, and what it gives. */
async function timed(task) {
  const cpu = process.cpuUsage();
  const start = performance.now();
  const result = await task();
  const wall = (performance.now() - start) / 1e3;
  const {user, system} = process.cpuUsage(cpu);
  return {wall, cpu: (user + system) / 1e6, result};
}

const x = points(Number(process.argv[2] ?? 5000));
const samples = {
  rows: Array.from({length: x.rows}, (_, i) => ({id: `${i}`, label: null, class: null})),
  classes: [],
};
const layer = {name: 'input', rows: x.rows, tokens: 1, dim: COLS, matrix: async () => x};

const table = {};
for (const name of ['pca', 'tsne', 'umap']) {
  const stage = await loadStage(`project/${name}`);
  const params = Object.fromEntries(
    Object.entries(stage.params.properties).map(([key, schema]) => [key, schema.default]),
  );
  const neighbors = await timed(() => nearestNeighbors(x, stage.neighbors(params)));
  const ctx = {
    signal: new AbortController().signal,
    rng: createRng(1),
    threads: 1,
    log: () => undefined,
    progress: () => undefined,
  };
  const inputs = {
    activations: () => ({samples, layers: [layer]}),
    neighbors: async () => neighbors.result,
  };
  const view = await timed(() => stage.run(ctx, inputs, params, [{id: 'input', reads: {}}]));
  const [row] = view.result.rows;
  table[name] = {
    'neighbours s': +neighbors.wall.toFixed(2),
    'view s': +view.wall.toFixed(2),
    'both s': +(neighbors.wall + view.wall).toFixed(2),
    'both, processor s': +(neighbors.cpu + view.cpu).toFixed(2),
    trustworthiness: +row.trustworthiness.toFixed(4),
    continuity: +row.continuity.toFixed(4),
    KL: row.kl === undefined ? '' : +row.kl.toFixed(4),
  };
}
console.table(table);
console.log(`peak ${Math.round(process.resourceUsage().maxRSS / 1024)} MB`);
