import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import {hostname, tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, expect, test} from 'vitest';
import type {Limits} from '../../src/store/garbage.js';
import {collect, planCollection} from '../../src/store/gc.js';
import {Leases} from '../../src/store/lease.js';
import type {Manifest} from '../../src/store/manifest.js';
import {RunUsage, touchUsage, useResult} from '../../src/store/run-usage.js';
import {Store, keyOf} from '../../src/store/store.js';
import {UsageRecords, usageId} from '../../src/store/usage.js';
import {ended, start} from './lease-program.js';

const ALL: Limits = {olderThan: 0, maxBytes: null, keepRuns: null};
const never = new AbortController().signal;

let root: string;
let store: Store;
let leases: Leases;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'strata-gc-'));
  store = new Store(join(root, 'store'));
  leases = new Leases(store.root);
});
afterEach(() => {
  leases.releaseAll();
  rmSync(root, {recursive: true, force: true});
});

function commit(n: number): Manifest {
  const draft = store.draft();
  draft.addBytes('both', 'b', 'what all have');
  draft.addBytes('own', `o${n}`, `what only one has: ${n}`);
  return draft.commit({stage: 'test', n}, 'table', 0);
}

/** Makes all results and blobs two days old. */
function age(): void {
  for (const folder of ['results', 'objects'].map(name => join(store.root, name)))
    for (const entry of readdirSync(folder, {recursive: true, withFileTypes: true, encoding: 'utf8'}))
      if (entry.isFile())
        utimesSync(
          join(entry.parentPath, entry.name),
          Date.now() / 1000 - 172_800,
          Date.now() / 1000 - 172_800,
        );
}

const drop = (limits = ALL): Promise<unknown> => collect(store, leases, limits, never);
const folder = (name: string): string => {
  mkdirSync(join(root, 'out', name), {recursive: true});
  return join(root, 'out', name);
};
const by = (name: string, ...keys: string[]): {folder: string; experiment: string; keys: string[]} => ({
  folder: folder(name),
  experiment: 'x',
  keys,
});

test('from its beginning on, a run keeps what it names, finds and makes; then what it says in the end', async () => {
  const [named, found, other] = [1, 2, 3].map(commit);
  age();
  const run = await RunUsage.begin(store, leases, by('a', named!.key), [named!.key], never);
  expect(useResult(store, found!.key)?.key).toBe(found!.key);
  const made = commit(4);
  await drop();
  const there = (): boolean[] => [named, found, other, made].map(m => store.find(m!.key) !== undefined);
  expect(there()).toEqual([true, true, false, true]);
  expect(useResult(store, other!.key)).toBeUndefined();
  run.finish([made.key]);
  age();
  await drop();
  expect(there()).toEqual([false, false, false, true]);
  expect(readdirSync(join(store.root, 'leases'))).toEqual([]);
});

test('a run that fails keeps what it named as long as its folder is there; a record of nothing goes', async () => {
  const {key} = commit(1);
  age();
  (await RunUsage.begin(store, leases, by('a', key), [], never)).end();
  await drop();
  expect(store.find(key)).toBeDefined();
  rmSync(folder('a'), {recursive: true});
  await drop();
  expect(store.find(key)).toBeUndefined();
  expect(new UsageRecords(store.root).all()).toEqual([]);
});

test('a run that begins while results are dropped waits, and says if it misses one that it had found', async () => {
  const [a, b] = [commit(1), commit(2)];
  const collecting = leases.tryAcquire('gc')!;
  let begun = false;
  const runs = [
    RunUsage.begin(store, leases, by('a', a.key), [a.key], never).then(run => {
      begun = true;
      run.end();
    }),
    RunUsage.begin(store, leases, by('b', b.key), [b.key], never),
  ];
  rmSync(store.result(b.key));
  await new Promise(resolve => setTimeout(resolve, 60));
  expect(begun).toBe(false);
  collecting.release();
  await runs[0];
  await expect(runs[1]).rejects.toThrow('E603 results that this run needs were dropped by strata gc');
  expect(readdirSync(join(store.root, 'leases'))).toEqual([]);
});

test('touching says that a run is used again, and makes its record where there is none', () => {
  const run = by('a', 'k');
  const records = new UsageRecords(store.root);
  touchUsage(store, run);
  const [first] = records.all();
  expect(first).toMatchObject({
    id: usageId(run.folder),
    usage: {...run, running: null, pinned: false, host: hostname()},
  });
  const past = new Date(1e12);
  utimesSync(join(store.root, 'runs', `${first!.id}.json`), past, past);
  touchUsage(store, {...run, keys: ['other']});
  expect(records.all()).toMatchObject([{usage: {keys: ['k']}}]);
  expect(records.all()[0]!.used).toBeGreaterThan(1e12);
  // Nobody can drop anything of a store that cannot be written, so nothing is lost.
  writeFileSync(join(root, 'file'), '');
  touchUsage(new Store(join(root, 'file')), run);
});

test('a record that a crash of the machine left in pieces tells nothing', () => {
  touchUsage(store, by('a', 'k'));
  writeFileSync(join(store.root, 'runs', 'broken.json'), '{"format":1,');
  expect(new UsageRecords(store.root).all()).toHaveLength(1);
});

test('drafts, leases and quarantine: what the dead have left goes, what the living have stays', async () => {
  commit(1);
  const drafts = join(store.root, 'drafts');
  const names = [`${hostname()}-999999999-aa`, `${hostname()}-${process.pid}-bb`, 'elsewhere-7-cc'];
  for (const name of names) {
    mkdirSync(join(drafts, name));
    writeFileSync(join(drafts, name, '0'), 'half');
  }
  const child = start(store.root, `leases.tryAcquire('dead'); process.kill(process.pid, 'SIGKILL');`);
  await ended(child);
  leases.tryAcquire('living');
  mkdirSync(join(store.root, 'quarantine'));
  writeFileSync(join(store.root, 'quarantine', 'k.json'), 'damaged');
  const limits = {...ALL, olderThan: 3_600_000};
  const dry = await planCollection(store, limits);
  expect(dry.drafts.map(d => [d.path, d.bytes])).toEqual([[join(drafts, names[0]!), 4]]);
  expect(dry.leases).toEqual(['dead']);
  expect(dry.quarantine).toEqual([]);
  await drop(limits);
  expect(readdirSync(drafts).sort()).toEqual(names.slice(1).sort());
  expect(readdirSync(join(store.root, 'leases'))).toEqual(['living']);
  expect(existsSync(join(store.root, 'quarantine', 'k.json'))).toBe(true);
  // A day later, nobody elsewhere having shown life.
  const later = await planCollection(store, limits, Date.now() + 25 * 3_600_000);
  expect(later.drafts.map(d => d.path).sort()).toEqual([join(drafts, names[2]!)]);
  expect(later.quarantine).toHaveLength(1);
});

test('killed at any change of the file system, what is there is whole, and the next collection goes on', async () => {
  const gc = new URL('../../dist/store/gc.js', import.meta.url).href;
  const storeFile = new URL('../../dist/store/store.js', import.meta.url).href;
  const program = `
    import {collect} from '${gc}';
    import {Store} from '${storeFile}';
    await collect(new Store(root), leases, ${JSON.stringify(ALL)}, new AbortController().signal);`;
  let changes = 0;
  for (let code: number | null = null; code === null;) {
    const kept = commit(0);
    const run = by('kept', kept.key);
    touchUsage(store, run);
    touchUsage(store, {...run, folder: join(root, 'out', 'gone')});
    for (const n of [1, 2]) commit(n);
    age();
    code = await ended(start(store.root, program, {STRATA_TEST_KILL: String(++changes)}));

    const names = readdirSync(join(store.root, 'results'), {recursive: true, encoding: 'utf8'});
    for (const name of names.filter(n => n.endsWith('.json'))) {
      const {key} = JSON.parse(readFileSync(join(store.root, 'results', name), 'utf8')) as Manifest;
      expect(new Store(store.root, {paranoid: true}).find(key), `change ${changes}`).toBeDefined();
    }
    expect(new Store(store.root).find(kept.key)).toBeDefined();
    await drop();
    expect([1, 2].map(n => store.find(keyOf({stage: 'test', n})))).toEqual([undefined, undefined]);
    expect(readdirSync(join(store.root, 'leases'))).toEqual([]);
    expect(readdirSync(join(store.root, 'drafts'))).toEqual([]);
    expect(existsSync(join(store.root, 'quarantine'))).toBe(false);
  }
  expect(changes).toBeGreaterThan(15);
});

test('beside collections that never end, what a run has found or made is there as long as it goes on', async () => {
  const from = (name: string): string => new URL(`../../dist/store/${name}.js`, import.meta.url).href;
  const imports = `
    import {collect} from '${from('gc')}';
    import {RunUsage, useResult} from '${from('run-usage')}';
    import {Store} from '${from('store')}';
    const store = new Store(root);
    const never = new AbortController().signal;`;
  const runs = `${imports}
    const whole = m => m.parts.every(p => fs.existsSync(store.blob(p.blob))) && fs.existsSync(store.result(m.key));
    for (let i = 0; i < 30; i++) {
      const folder = root + '/../run-' + i;
      const run = await RunUsage.begin(store, leases, {folder, experiment: 'x', keys: []}, [], never);
      const results = [];
      for (let n = i % 3; n < 6; n++) {
        const record = {stage: 'test', n};
        const found = useResult(store, keyOf(record));
        if (found !== undefined) results.push(found);
        else {
          const draft = store.draft();
          draft.addBytes('both', 'b', 'what all have');
          draft.addBytes('own', 'o' + n, 'what only one has: ' + n);
          results.push(draft.commit(record, 'table', 0));
        }
        await sleep(1);
        // A collection that looks at a file for the last time moves it away for an instant.
        for (let tries = 0; tries < 200 && !results.every(whole); tries++) await sleep(5);
        if (!results.every(whole)) throw new Error('lost in round ' + i);
      }
      run.finish([]);
      const then = Date.now() / 1000 - 172800;
      for (const m of results) {
        // Another collection may have taken it by now.
        try { for (const p of m.parts) fs.utimesSync(store.blob(p.blob), then, then); } catch {}
        try { fs.utimesSync(store.result(m.key), then, then); } catch {}
      }
    }
    fs.writeFileSync(root + '/../over', '');`.replace(
    'const never',
    `import {keyOf} from '${from('store')}';\n    const never`,
  );
  const collections = `${imports}
    while (!fs.existsSync(root + '/../over')) {
      await collect(store, leases, ${JSON.stringify(ALL)}, never);
      await sleep(2);
    }`;
  store.draft().discard();
  const children = [runs, collections, collections].map(program => start(store.root, program));
  const ends = children.map(ended);
  try {
    expect(await ends[0]).toBe(0);
    expect(await Promise.all(ends)).toEqual([0, 0, 0]);
  } finally {
    for (const child of children) child.kill('SIGKILL');
    await Promise.all(ends);
  }
  await drop();
  expect(readdirSync(join(store.root, 'leases'))).toEqual([]);
  expect(readdirSync(join(store.root, 'drafts'))).toEqual([]);
});
