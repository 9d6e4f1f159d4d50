// The plan of a sweep of many variants: the whole process, from start to exit, against a bare start of Node.
// node bench/sweep.js [variants ...]    (after npm run build; default 1 300)
import {spawnSync} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';

const strata = fileURLToPath(new URL('../bin/strata.js', import.meta.url));
const quickstart = fileURLToPath(new URL('../experiments/quickstart.yaml', import.meta.url));
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
const folder = mkdtempSync(join(tmpdir(), 'strata-sweep-'));
const node = best(() => seconds(['-e', ''], folder).time);
const table = {'node -e ""': {seconds: +node.toFixed(3)}};

for (const count of process.argv.length > 2 ? process.argv.slice(2).map(Number) : [1, 300]) {
  const time = best(() => {
    const {time, stdout} = seconds(
      [strata, 'plan', quickstart, `params.n=range(100, ${100 + count})`],
      folder,
    );
    if (stdout.trim().split('\n').length !== count) throw new Error(`not ${count} variants`);
    return time;
  });
  table[`${count} variants planned`] = {
    seconds: +time.toFixed(3),
    'over node': +(time - node).toFixed(3),
    'times node': +(time / node).toFixed(1),
  };
}
rmSync(folder, {recursive: true});
console.table(table);
