// A run in which everything is known already: the whole process, from start to exit, against a bare start of Node.
// node bench/noop.js [stages ...]    (after npm run build; default 100 1000)
import {spawnSync} from 'node:child_process';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';

const strata = fileURLToPath(new URL('../bin/strata.js', import.meta.url));
const ROUNDS = 5;

function seconds(args, cwd) {
  const start = performance.now();
  const {status, stdout, stderr} = spawnSync(process.execPath, args, {
    cwd,
    encoding: 'utf8',
    env: {...process.env, STRATA_STORE: ''},
  });
  if (status !== 0) throw new Error(stderr);
  return {time: (performance.now() - start) / 1e3, stdout};
}

const best = run => Math.min(...Array.from({length: ROUNDS}, run));
const node = best(() => seconds(['-e', ''], '.').time);
const table = {'node -e ""': {seconds: +node.toFixed(3)}};

for (const count of process.argv.length > 2 ? process.argv.slice(2).map(Number) : [100, 1000]) {
  const folder = mkdtempSync(join(tmpdir(), 'strata-noop-'));
  const rows = Array.from({length: 40}, (_, i) => [i % 7, (i * i) % 11, (i * 5) % 13].join(','));
  writeFileSync(join(folder, 'rows.csv'), `${rows.join('\n')}\n`);
  const stages = Array.from({length: count - 1}, (_, i) => {
    return `  id${i}: {stage: metric, metric: twonn, from: rows, fraction: ${((i + 1) / count).toFixed(4)}}`;
  });
  const head = [
    'strata: 1',
    'name: noop',
    'stages:',
    '  rows: {stage: load, source: matrix, path: rows.csv}',
  ];
  writeFileSync(join(folder, 'noop.yaml'), `${[...head, ...stages].join('\n')}\n`);
  const first = seconds([strata, 'run', 'noop.yaml'], folder).time;
  const again = best(() => {
    const {time, stdout} = seconds([strata, 'run', 'noop.yaml'], folder);
    if (!stdout.includes('everything was cached')) throw new Error('not everything was cached');
    return time;
  });
  table[`${count} stages, all cached`] = {
    seconds: +again.toFixed(3),
    'over node': +(again - node).toFixed(3),
    'first run': +first.toFixed(1),
  };
  rmSync(folder, {recursive: true});
}
console.table(table);
