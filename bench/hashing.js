// Hashing of input files: one large one, several large ones, and many small ones, against a bare loop of node:crypto over
// a buffer in memory. Then a second look at all of them, and the reading of 30 000 notes.
// node bench/hashing.js [MB]    (after npm run build; default 1024)
import {createHash} from 'node:crypto';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout} from 'node:timers/promises';
import {OutsideFiles} from '../dist/runner/files.js';
import {hashFile} from '../dist/store/hash-file.js';
import {stampOf} from '../dist/store/stamp.js';
import {StatCache} from '../dist/store/stat-cache.js';

const MB = Number(process.argv[2] ?? 1024);
const ROUNDS = 3;
const LARGE = 8;
const SMALL = 20_000;

const folder = mkdtempSync(join(tmpdir(), 'strata-hashing-'));
const block = Buffer.alloc(1 << 20, 'strata');

async function best(run) {
  let fastest = Infinity;
  for (let i = 0; i < ROUNDS; i++) {
    const start = performance.now();
    await run();
    fastest = Math.min(fastest, (performance.now() - start) / 1e3);
  }
  return fastest;
}
const rate = (seconds, bytes, bare) => ({
  seconds: +seconds.toFixed(3),
  'GB/s': +(bytes / seconds / 1e9).toFixed(2),
  ...(bare !== undefined && {'of the bare loop': +(bare / seconds).toFixed(2)}),
});

function writeLarge(name, megabytes) {
  const file = join(folder, name);
  writeFileSync(file, '');
  for (let i = 0; i < megabytes; i++) appendFileSync(file, block);
  return file;
}

try {
  const one = writeLarge('one', MB);
  for (const name of ['large', 'small']) mkdirSync(join(folder, name));
  for (let i = 0; i < LARGE; i++) writeLarge(`large/${i}`, MB / LARGE);
  for (let i = 0; i < SMALL; i++)
    writeFileSync(join(folder, 'small', `${i}`), block.subarray(0, 3000 + (i % 3000)));
  const bytes = MB * 2 ** 20;
  const table = {};

  const bare = await best(() => {
    const hash = createHash('sha256');
    for (let i = 0; i < MB; i++) hash.update(block);
    hash.digest('hex');
  });
  table['bare loop, one thread'] = rate(bare, bytes);
  table['one file'] = rate(await best(() => hashFile(one)), bytes, bare);

  // Each round with a store that knows nothing.
  const prepare = async name => {
    const root = mkdtempSync(join(folder, 'store-'));
    const files = new OutsideFiles(new StatCache(root));
    await files.prepare([{kind: 'folder', path: join(folder, name)}]);
    return files.digest('folder', join(folder, name));
  };
  table[`${LARGE} files, in threads`] = rate(await best(() => prepare('large')), bytes, bare);
  const small = await best(() => prepare('small'));
  table[`${SMALL} small files`] = {
    seconds: +small.toFixed(3),
    'µs a file': Math.round((small / SMALL) * 1e6),
  };

  await setTimeout(100);
  const root = mkdtempSync(join(folder, 'store-'));
  const stamps = new StatCache(root);
  new OutsideFiles(stamps).digest('folder', join(folder, 'small'));
  stamps.save();
  const again = await best(() =>
    new OutsideFiles(new StatCache(root)).digest('folder', join(folder, 'small')),
  );
  table[`${SMALL} small files, known`] = {
    seconds: +again.toFixed(3),
    'µs a file': Math.round((again / SMALL) * 1e6),
  };

  const [log] = readdirSync(join(root, 'stamps')).filter(name => name.endsWith('.log'));
  const text = readFileSync(join(root, 'stamps', log), 'utf8');
  appendFileSync(
    join(root, 'stamps', log),
    text
      .split('\n')
      .slice(1, 10_001)
      .map(line => `7${line}`)
      .join('\n'),
  );
  const stamp = stampOf(one);
  table['30 000 notes read'] = {seconds: +(await best(() => new StatCache(root).sha256(stamp))).toFixed(3)};
  console.table(table);
} finally {
  rmSync(folder, {recursive: true});
}
