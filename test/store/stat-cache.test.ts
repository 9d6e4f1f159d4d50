import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import {hostname, tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {hashFile} from '../../src/store/hash-file.js';
import {inodeOf, stampOf, wouldShowEdit} from '../../src/store/stamp.js';
import {StatCache} from '../../src/store/stat-cache.js';
import {clockMoves} from '../rig/clock.js';

let root: string;
beforeEach(() => void (root = mkdtempSync(join(tmpdir(), 'strata-stamps-'))));
afterEach(() => rmSync(root, {recursive: true}));

const log = (): string => join(root, 'stamps', `${hostname()}.log`);
function write(name: string, text: string): string {
  writeFileSync(join(root, name), text);
  return join(root, name);
}
/** What a process that comes later knows of a file. */
const known = (file: string): string | undefined => new StatCache(root).sha256(stampOf(file));

/** A file that is hashed, noted and saved. */
async function noted(name: string): Promise<string> {
  const file = write(name, name);
  await clockMoves(file);
  const cache = new StatCache(root);
  cache.hash(file);
  cache.save();
  expect(known(file)).toBe(hashFile(file));
  return file;
}

test('an edit that leaves size and time of modification as they were is noticed', async () => {
  const file = await noted('data');
  const {atime, mtime} = statSync(file);
  writeFileSync(file, 'atad');
  utimesSync(file, atime, mtime);
  expect(known(file)).toBeUndefined();
  expect(new StatCache(root).hash(file)).toBe(hashFile(file));
});

test('a file that may have changed in the moment of its hashing is not noted', () => {
  const cache = new StatCache(root);
  const began = performance.now();
  const file = write('data', 'data');
  cache.note(file, stampOf(file), hashFile(file), began);
  cache.save();
  expect(cache.sha256(stampOf(file))).toBeUndefined();
  expect(existsSync(log())).toBe(false);
});

test('nor is one that has another stamp after its hashing than before', async () => {
  const file = write('data', 'data');
  await clockMoves(file);
  const cache = new StatCache(root);
  const stamp = stampOf(file);
  const began = performance.now();
  const sha256 = hashFile(file);
  chmodSync(file, 0o600);
  cache.note(file, stamp, sha256, began);
  expect(cache.sha256(stamp)).toBeUndefined();
  expect(cache.sha256(stampOf(file))).toBeUndefined();
});

test('what one process writes itself is known at once', () => {
  const cache = new StatCache(root);
  const file = write('blob', 'blob');
  cache.noteOwn(file, hashFile(file));
  expect(cache.sha256(stampOf(file))).toBe(hashFile(file));
  expect(known(file)).toBeUndefined();
  cache.save();
  expect(known(file)).toBe(hashFile(file));
});

test('how long before its hashing a change must be to be told from a later one', () => {
  const second = 1_000_000_000n;
  const now = 1_000_000n * second;
  const stamp = (ctime: bigint, mtime = ctime, dev = 1n): string => `${dev}/2/3/${mtime}/${ctime}`;
  const shows = (s: string): boolean => wouldShowEdit(s, now, 1n);
  const ago = (ms: number): bigint => now - BigInt(ms) * 1_000_000n - 1n;
  expect(shows(stamp(ago(60)))).toBe(true);
  expect(shows(stamp(ago(40)))).toBe(false);
  expect(shows(stamp(ago(-60_000)))).toBe(false);
  // A time of modification can be set to anything, and says nothing unless it is near.
  expect(shows(stamp(ago(60), now + 1000n * second))).toBe(true);
  expect(shows(stamp(ago(60), ago(-10)))).toBe(false);
  // Whole seconds: the file system may know no others. Another device: its clock may be another.
  expect(shows(stamp(now - 2n * second))).toBe(false);
  expect(shows(stamp(now - 3n * second))).toBe(true);
  expect(shows(stamp(ago(1000), ago(1000), 7n))).toBe(false);
  expect(shows(stamp(ago(3000), ago(3000), 7n))).toBe(true);
});

test('lines that are torn or garbled are passed over, those before and after count', async () => {
  const first = await noted('first');
  appendFileSync(log(), `${stampOf(first)} 0123`);
  const second = await noted('second');
  appendFileSync(log(), 'no line at all\n\n\0\0\0\0\n');
  const third = await noted('third');
  expect([second, third].map(known)).toEqual([second, third].map(hashFile));

  const text = readFileSync(log(), 'utf8');
  const at = text.indexOf(hashFile(third));
  for (const i of [at, at + 63, at + 66]) {
    const flipped = text[i] === '0' ? '1' : '0';
    writeFileSync(log(), text.slice(0, i) + flipped + text.slice(i + 1));
    expect(known(third)).toBeUndefined();
    expect(known(second)).toBe(hashFile(second));
  }
});

test('lines that newer ones replace are cleared away when they are the most', () => {
  const files = Array.from({length: 600}, (_, i) => write(`f${i}`, `${i}`));
  const cache = new StatCache(root);
  const sizes = [1, 2, 3].map(() => {
    for (const file of files) cache.noteOwn(file, hashFile(file));
    cache.save();
    return statSync(log()).size;
  });
  expect(sizes[2]! / sizes[0]!).toBeCloseTo(3, 1);
  expect(known(files[0]!)).toBe(hashFile(files[0]!));
  expect(statSync(log()).size / sizes[0]!).toBeCloseTo(1, 1);
  const after = new StatCache(root);
  expect(files.map(file => after.sha256(stampOf(file)))).toEqual(files.map(hashFile));
  expect(readdirSync(join(root, 'stamps'))).toEqual([`${hostname()}.log`]);
});

test('what processes append at the same time is all there, and is seen by one that has read before', async () => {
  const reader = new StatCache(root);
  const first = await noted('first');
  expect(reader.sha256(stampOf(first))).toBe(hashFile(first));
  const module = fileURLToPath(new URL('../../dist/store/stat-cache.js', import.meta.url));
  const program = `
    import {StatCache} from ${JSON.stringify(module)};
    import {createHash} from 'node:crypto';
    import {writeFileSync} from 'node:fs';
    const [, root, who] = process.argv;
    const cache = new StatCache(root);
    for (let i = 0; i < 300; i++) {
      const file = root + '/' + who + i;
      writeFileSync(file, file);
      cache.noteOwn(file, createHash('sha256').update(file).digest('hex'));
      if (i % 3 === 0) cache.save();
    }`;
  const args = ['--input-type=module', '--eval', program, root];
  const writers = ['a', 'b', 'c'].map(who => spawn(process.execPath, [...args, who], {stdio: 'inherit'}));
  const codes = await Promise.all(writers.map(async writer => (await once(writer, 'exit'))[0] as number));
  expect(codes).toEqual([0, 0, 0]);
  const files = ['a', 'b', 'c'].flatMap(who => Array.from({length: 300}, (_, i) => join(root, `${who}${i}`)));
  expect(files.map(file => reader.sha256(stampOf(file)))).toEqual(files.map(hashFile));
});

test('without a store nothing is written; what was noted is kept until there is one', async () => {
  const file = write('data', 'data');
  await clockMoves(file);
  const store = join(root, 'store');
  const cache = new StatCache(store);
  cache.hash(file);
  cache.save();
  expect(existsSync(store)).toBe(false);
  mkdirSync(store);
  cache.save();
  expect(new StatCache(store).sha256(stampOf(file))).toBe(hashFile(file));
});

test('a file of 30 000 lines is read in well under 100 ms', () => {
  const cache = new StatCache(root);
  const file = write('data', 'data');
  const sha256 = hashFile(file);
  cache.noteOwn(file, sha256);
  cache.save();
  const [line] = readFileSync(log(), 'latin1').match(/\d.*/)!;
  const inode = inodeOf(stampOf(file));
  const others = Array.from({length: 30_000}, (_, i) => line.replace(inode, `${inode}${i}`));
  appendFileSync(log(), `${others.join('\n')}\n`);
  const took = Array.from({length: 5}, () => {
    const before = process.cpuUsage();
    expect(known(file)).toBe(sha256);
    const {user, system} = process.cpuUsage(before);
    return (user + system) / 1000;
  });
  expect(Math.min(...took)).toBeLessThan(100);
});
