// Commits to the store, which write, hash and sync, against `cp`, `sha256sum` and `sync` of the same files.
// node bench/commit.js    (after npm run build)
import {execFileSync} from 'node:child_process';
import {mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {Store} from '../dist/store/store.js';

const seconds = run => {
  const start = performance.now();
  run();
  return (performance.now() - start) / 1e3;
};

const table = {};
for (const [count, bytes] of [
  [8, 64 * 2 ** 20],
  [500, 4096],
]) {
  const folder = mkdtempSync(join(tmpdir(), 'strata-commit-'));
  for (const name of ['from', 'to']) mkdirSync(join(folder, name));
  const data = Array.from({length: count}, (_, i) => Buffer.alloc(bytes, `${i} `));
  data.forEach((content, i) => writeFileSync(join(folder, 'from', String(i)), content));
  const files = readdirSync(join(folder, 'from')).map(name => join(folder, 'from', name));
  const to = files.map(file => file.replace(`${folder}/from`, `${folder}/to`));
  const shell = seconds(() => {
    execFileSync('cp', [...files, join(folder, 'to')]);
    execFileSync('sha256sum', files);
    execFileSync('sync', to);
  });
  const store = new Store(join(folder, 'store'));
  const ours = seconds(() =>
    data.forEach((content, i) => {
      const draft = store.draft();
      draft.addBytes('table', String(i), content);
      draft.commit({n: i}, 'table', 0);
    }),
  );
  const gb = (count * bytes) / 1e9;
  table[`${count} results of ${bytes} bytes`] = {
    'ms a commit': +((ours * 1e3) / count).toFixed(2),
    'GB/s': +(gb / ours).toFixed(2),
    'over cp + sha256sum + sync': +(ours / shell).toFixed(2),
  };
  rmSync(folder, {recursive: true});
}
console.table(table);
