// Strata beside other libraries on the same task and data, round by round in turn, each round a process of its own: times within
// the process, without imports and after a warm-up, on two threads. A ratio below 1: Strata is faster. Needs Python with scikit-learn; torch and umap-learn if they are there.
// node bench/peers/run.js [task ...]    (after npm run build; STRATA_PYTHON names another Python than python3)
import {spawnSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {STAGE_IDS} from '../../dist/stages/registry.js';
import {writeData} from './data.js';
import {TASKS} from './tasks.js';

const THREADS = '2';
const python = process.env.STRATA_PYTHON || 'python3';
const here = name => fileURLToPath(new URL(name, import.meta.url));
/** The module that each peer is. */
const MODULES = {'scikit-learn': 'sklearn', numpy: 'numpy', torch: 'torch', 'umap-learn': 'umap'};

function execute(command, args, env) {
  const {status, stdout, stderr, error} = spawnSync(command, args, {
    encoding: 'utf8',
    env,
    maxBuffer: 2 ** 28,
  });
  if (status === 0) return JSON.parse(stdout.trim().split('\n').at(-1));
  throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? stderr}`);
}

// Where OPENBLAS_CORETYPE names an old processor, numpy would be slower than it is.
const {OPENBLAS_CORETYPE: _type, OPENBLAS_L2_SIZE: _size, ...inherited} = process.env;
const pools = ['OMP', 'OPENBLAS', 'MKL', 'NUMBA'].map(pool => [`${pool}_NUM_THREADS`, THREADS]);
const pythonEnv = {...inherited, ...Object.fromEntries(pools)};
const peers = (...args) => execute(python, [here('peers.py'), ...args], pythonEnv);

function versions() {
  try {
    return peers('versions');
  } catch {
    return {};
  }
}

const median = values => {
  const sorted = values.toSorted((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
};
const numbers = file => new Float64Array(new Uint8Array(readFileSync(file)).buffer);

/** The rows of the table for a task. */
function compare(name, folder, there) {
  const task = TASKS[name];
  const found = task.peers.filter(peer => MODULES[peer.split(' ')[0]] in there);
  const absent = task.peers.filter(peer => !found.includes(peer));
  if (absent.length > 0) console.log(`${task.title}: ${absent.join(', ')} is not installed`);
  if (found.length === 0) return [];
  const sides = [null, ...found];
  const fileOf = side => join(folder, `${name} ${side ?? 'strata'}`);
  const rounds = new Map(sides.map(side => [side, []]));
  for (let round = 0; round < task.rounds; round++)
    for (const side of sides)
      rounds
        .get(side)
        .push(
          side === null
            ? execute(process.execPath, [here('strata.js'), name, folder, fileOf(side)], process.env)
            : peers('run', name, side, folder, fileOf(side)),
        );
  const seconds = side => median(rounds.get(side).map(r => r.seconds));
  const medianOf = (side, field) => {
    const used = rounds.get(side).map(r => r[field]);
    return used.includes(undefined) ? null : +median(used).toFixed(2);
  };
  const cpu = side => medianOf(side, 'cpu');
  return found.map(peer => ({
    task: task.title,
    peer,
    'strata s': +seconds(null).toFixed(2),
    'peer s': +seconds(peer).toFixed(2),
    ratio: +(seconds(null) / seconds(peer)).toFixed(2),
    'strata cpu s': cpu(null),
    'peer cpu s': cpu(peer),
    'ratio of cpu': cpu(null) === null ? null : +(cpu(null) / cpu(peer)).toFixed(2),
    'strata MB': medianOf(null, 'peak'),
    'peer MB': medianOf(peer, 'peak'),
    results:
      task.agree === null
        ? judged(
            folder,
            [null, peer].map(fileOf),
            [null, peer].map(side => rounds.get(side)[0].kl),
          )
        : task.agree(numbers(fileOf(null)), numbers(fileOf(peer))),
  }));
}

function judged(folder, files, divergences) {
  const trust = peers('judge', folder, ...files).map(value => value.toFixed(4));
  const kl = divergences.map(value => value?.toFixed(4));
  const of = ([own, other]) => `${own}, of the peer ${other}`;
  return `trustworthiness ${of(trust)}${kl.includes(undefined) ? '' : `; KL ${of(kl)}`}`;
}

const there = versions();
if (!('sklearn' in there)) {
  console.log(`peers: "${python}" has no scikit-learn; STRATA_PYTHON names a Python that has it`);
} else {
  console.log(
    Object.entries(there)
      .map(([name, version]) => `${name} ${version}`)
      .join(', '),
  );
  const asked = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(TASKS);
  const unknown = asked.filter(name => !(name in TASKS));
  if (unknown.length > 0)
    throw new Error(`no task ${unknown.join(', ')}: there are ${Object.keys(TASKS).join(', ')}`);
  const chosen = asked.filter(name => {
    const {view, title} = TASKS[name];
    const known = view === undefined || STAGE_IDS.includes(`project/${view}`);
    if (!known) console.log(`${title}: no such view`);
    return known;
  });
  const folder = mkdtempSync(join(tmpdir(), 'strata-peers-'));
  try {
    writeData(folder, [...new Set(chosen.map(name => TASKS[name].data))]);
    const rows = chosen.flatMap(name => compare(name, folder, there));
    if (rows.length > 0) console.table(rows);
  } finally {
    rmSync(folder, {recursive: true});
  }
}
