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
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout} from 'node:timers/promises';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {LeaseFolders} from '../../src/store/lease-folder.js';
import {Leases} from '../../src/store/lease.js';
import type {Key} from '../../src/store/manifest.js';
import {newOwner} from '../../src/store/owner.js';
import {Store} from '../../src/store/store.js';
import {ended, killed, said, start} from './lease-program.js';

const key = (n: number): Key => n.toString(16).padStart(64, '0');
const KEY = key(1);
const HOLD = `leases.tryAcquire('${KEY}'); console.log('held'); await sleep(1e6);`;
const HOUR = 3600;
const never = new AbortController().signal;

let root: string;
beforeEach(() => void (root = mkdtempSync(join(tmpdir(), 'strata-lease-'))));
afterEach(() => rmSync(root, {recursive: true, force: true}));

/** What nobody holds and nobody drafts leaves no trace. */
function expectClear(): void {
  expect(readdirSync(join(root, 'leases'))).toEqual([]);
  expect(readdirSync(join(root, 'drafts'))).toEqual([]);
}

/** Puts the lease of an owner of another machine into the store; gives its file. */
function foreign(at = new Date()): string {
  const folder = join(root, 'leases', KEY);
  mkdirSync(folder, {recursive: true});
  const file = join(folder, 'owner.json');
  writeFileSync(file, JSON.stringify({...newOwner(), host: 'elsewhere'}));
  utimesSync(file, at, at);
  return file;
}

/** Leases whose clock only runs while they sleep; `tick` is told the time after each sleep, in seconds. */
function timed(tick: (seconds: number) => unknown = () => undefined): {
  leases: Leases;
  seconds: () => number;
} {
  let ms = 0;
  const sleep = async (duration: number): Promise<void> => {
    ms += duration;
    await tick(ms / 1000);
  };
  return {leases: new Leases(root, {now: () => ms, sleep}), seconds: () => ms / 1000};
}

describe('one process', () => {
  test('a lease is had by one at a time, this process included, and is free after its release', () => {
    const [a, b] = [new Leases(root), new Leases(root)];
    const lease = a.tryAcquire(KEY)!;
    expect(lease.key).toBe(KEY);
    expect([a.tryAcquire(KEY), b.tryAcquire(KEY)]).toEqual([undefined, undefined]);
    a.tryAcquire(key(2))!.release();
    lease.release();
    const next = b.tryAcquire(KEY)!;
    lease.release();
    expect(a.tryAcquire(KEY)).toBeUndefined();
    next.release();
    expectClear();
  });

  test('waiting ends with the release', async () => {
    const leases = new Leases(root);
    const lease = leases.tryAcquire(KEY)!;
    let free = false;
    const waiting = leases.waitFor(KEY, never).then(() => (free = true));
    await setTimeout(50);
    expect(free).toBe(false);
    lease.release();
    await waiting;
    leases.tryAcquire(KEY)!.release();
  });

  test('waiting ends at once when aborted', async () => {
    const leases = new Leases(root, {poll: [1e6, 1e6]});
    leases.tryAcquire(KEY);
    const abort = new AbortController();
    const waiting = leases.waitFor(KEY, abort.signal);
    abort.abort();
    await expect(waiting).rejects.toThrow('aborted');
    leases.releaseAll();
  });

  test('all leases are let go of in one call, also while the process exits', async () => {
    const leases = new Leases(root);
    for (const n of [1, 2, 3]) leases.tryAcquire(key(n));
    leases.releaseAll();
    expectClear();
    const child = start(
      root,
      `process.on('exit', () => leases.releaseAll()); leases.tryAcquire('${KEY}'); process.exit(5)`,
    );
    expect(await ended(child)).toBe(5);
    expectClear();
  });

  test('a store that cannot be written is an error that names it', async () => {
    const file = join(root, 'file');
    writeFileSync(file, '');
    const leases = new Leases(file);
    expect(() => leases.tryAcquire(KEY)).toThrow(`E601 cannot use the store: not a directory`);
    await expect(leases.waitFor(KEY, never)).rejects.toThrow(`E601 cannot use the store: not a directory`);
  });

  test('a heartbeat goes on as long as the lease is held', async () => {
    const leases = new Leases(root, {heartbeat: 5});
    const lease = leases.tryAcquire(KEY)!;
    const file = join(root, 'leases', KEY, 'owner.json');
    const past = new Date(0);
    utimesSync(file, past, past);
    await expect.poll(() => new LeaseFolders(root).holder(KEY)!.pulse).not.toMatch(/\/0\//);
    // Nor does it break the process when the lease was lost, or lies in another's hands.
    rmSync(join(root, 'leases', KEY), {recursive: true});
    const other = new Leases(root).tryAcquire(KEY)!;
    utimesSync(file, past, past);
    await setTimeout(30);
    expect(new LeaseFolders(root).holder(KEY)!.pulse).toMatch(/\/0\//);
    lease.release();
    expect(new Leases(root).tryAcquire(KEY)).toBeUndefined();
    other.release();
    expectClear();
  });
});

describe('dead owners', () => {
  test('a lease is taken over at once when its process was killed, however often', async () => {
    const leases = new Leases(root);
    for (let n = 0; n < 3; n++) {
      const child = start(root, HOLD);
      await said(child);
      expect(leases.tryAcquire(KEY)).toBeUndefined();
      await killed(child);
    }
    const lease = leases.tryAcquire(KEY)!;
    expect(new Leases(root).tryAcquire(KEY)).toBeUndefined();
    lease.release();
    expectClear();
  });

  test('who waits for a process goes on when it was killed', async () => {
    const child = start(root, HOLD);
    await said(child);
    const waiting = new Leases(root).waitFor(KEY, never);
    await killed(child);
    await waiting;
  });

  test('another process with the number of a dead one is not taken for it', () => {
    const folder = join(root, 'leases', KEY);
    mkdirSync(folder, {recursive: true});
    const owner = {...newOwner(), processes: [{pid: process.pid, start: '1'}]};
    writeFileSync(join(folder, 'owner.json'), JSON.stringify(owner));
    expect(new Leases(root).tryAcquire(KEY) !== undefined).toBe(existsSync('/proc/self/stat'));
  });

  test('a process that was named as working on it holds a lease too', async () => {
    const worker = start(root, `console.log('up'); await sleep(1e6);`);
    await said(worker);
    const child = start(
      root,
      `leases.tryAcquire('${KEY}').share(${worker.pid!}); console.log('held'); await sleep(1e6);`,
    );
    await said(child);
    await killed(child);
    const leases = new Leases(root);
    expect(leases.tryAcquire(KEY)).toBeUndefined();
    await killed(worker);
    leases.tryAcquire(KEY)!.release();
    expectClear();
  });

  test.each([-HOUR, 0, HOUR])(
    'elsewhere: taken over when its heart has stood still for a minute, its clock %i s off',
    async skew => {
      foreign(new Date(Date.now() + skew * 1000));
      const {leases, seconds} = timed();
      expect(leases.tryAcquire(KEY)).toBeUndefined();
      await leases.waitFor(KEY, never);
      expect(seconds()).toBeGreaterThanOrEqual(60);
      expect(seconds()).toBeLessThan(61);
      leases.tryAcquire(KEY)!.release();
      expectClear();
    },
  );

  test.each([-HOUR, HOUR])('elsewhere: never while its heart beats, its clock %i s off', async skew => {
    const file = foreign(new Date(1e12 + skew * 1000));
    let last = 0;
    const {leases, seconds} = timed(now => {
      if (now < last + 10 || now > 1000) return;
      last = now;
      utimesSync(file, 1e9 + now + skew, 1e9 + now + skew);
    });
    leases.tryAcquire(KEY);
    await leases.waitFor(KEY, never);
    expect(last).toBeGreaterThan(980);
    expect(seconds()).toBeGreaterThanOrEqual(last + 60);
    expect(seconds()).toBeLessThan(last + 62);
  });

  test('a waiter that was stopped for an hour gives others time to show life', () => {
    foreign();
    let ms = 0;
    const leases = new Leases(root, {now: () => ms});
    leases.tryAcquire(KEY);
    ms += HOUR * 1000;
    expect(leases.tryAcquire(KEY)).toBeUndefined();
  });

  test('a lease whose file a crash of the machine left empty, or without one, is taken over like one from elsewhere', async () => {
    for (const damage of [(file: string) => writeFileSync(file, ''), (file: string) => rmSync(file)]) {
      const file = foreign();
      damage(file);
      mkdirSync(join(file, '..', 'more'), {recursive: true});
      const {leases, seconds} = timed();
      expect(leases.tryAcquire(KEY)).toBeUndefined();
      await leases.waitFor(KEY, never);
      expect(seconds()).toBeGreaterThanOrEqual(60);
      leases.tryAcquire(KEY)!.release();
      expectClear();
    }
  });

  test('a stopped process loses its lease, and takes it from nobody when it goes on', async () => {
    const child = start(
      root,
      `const lease = leases.tryAcquire('${KEY}'); console.log('held');
       while (!fs.existsSync(root + '/go')) await sleep(5);
       lease.release(); process.exit(0);`,
    );
    await said(child);
    child.kill('SIGSTOP');
    const {leases, seconds} = timed();
    await leases.waitFor(KEY, never);
    expect(seconds()).toBeGreaterThanOrEqual(60);
    const lease = leases.tryAcquire(KEY)!;
    const end = ended(child);
    writeFileSync(join(root, 'go'), '');
    child.kill('SIGCONT');
    expect(await end).toBe(0);
    expect(new Leases(root).tryAcquire(KEY)).toBeUndefined();
    lease.release();
    expectClear();
  });

  test.skipIf(!existsSync('/proc/self/stat'))('one that computes without a pause keeps it', async () => {
    const child = start(root, `leases.tryAcquire('${KEY}'); console.log('held'); for (;;);`);
    await said(child);
    const abort = new AbortController();
    const {leases} = timed(async seconds => {
      if (seconds > 90) throw new Error('90 s');
      if (seconds > 1) await setTimeout(15);
    });
    await expect(leases.waitFor(KEY, abort.signal)).rejects.toThrow('90 s');
    await killed(child);
  });
});

describe('races', () => {
  test('of two that take over from one dead owner, one wins', () => {
    foreign();
    const folders = new LeaseFolders(root);
    const dead = folders.holder(KEY)!;
    const [a, b] = [newOwner(), newOwner()];
    expect([folders.take(KEY, dead, a)?.owner, folders.take(KEY, dead, b)]).toEqual([a, undefined]);
    expect(folders.holder(KEY)!.owner).toEqual(a);
    folders.free(KEY, b);
    expect(folders.holder(KEY)!.owner).toEqual(a);
    folders.free(KEY, a);
    expectClear();
  });

  test('of two that take a free lease, one wins', () => {
    const folders = new LeaseFolders(root);
    const [a, b] = [newOwner(), newOwner()];
    expect([folders.take(KEY, undefined, a)?.owner, folders.take(KEY, undefined, b)]).toEqual([a, undefined]);
    expect(folders.holder(KEY)!.owner).toEqual(a);
  });

  test('who is slow to take over takes nothing from those who came and went meanwhile', () => {
    foreign();
    const folders = new LeaseFolders(root);
    const dead = folders.holder(KEY)!;
    const [fast, late, slow] = [newOwner(), newOwner(), newOwner()];
    folders.take(KEY, dead, fast);
    folders.free(KEY, fast);
    expect(folders.take(KEY, dead, slow)).toBeUndefined();
    expectClear();
    folders.take(KEY, undefined, late);
    expect(folders.take(KEY, dead, slow)).toBeUndefined();
    expect(folders.holder(KEY)!.owner).toEqual(late);
    folders.free(KEY, late);
    expectClear();
  });

  test('killed at any change of the file system, the next goes on without waiting', async () => {
    const program = `
      for (const key of ['${KEY}', '${key(2)}']) leases.tryAcquire(key).release();
      const shared = leases.tryAcquire('${KEY}');
      shared.share(process.pid);
      shared.release();`;
    let changes = 0;
    for (let code: number | null = null; code === null;) {
      // The first key has a dead owner, the second none.
      const folder = join(root, 'leases', KEY);
      mkdirSync(folder, {recursive: true});
      const gone = {...newOwner(), processes: [{pid: 999_999_999, start: null}]};
      writeFileSync(join(folder, 'owner.json'), JSON.stringify(gone));
      code = await ended(start(root, program, {STRATA_TEST_KILL: String(++changes)}));
      const leases = new Leases(root);
      for (const n of [1, 2]) leases.tryAcquire(key(n))!.release();
      new Store(root).draft().discard();
      expectClear();
    }
    expect(changes).toBeGreaterThan(15);
  });

  test('eight processes and many keys, some killed: one at a time, and every key done once', async () => {
    const keys = Array.from({length: 40}, (_, n) => key(n));
    const program = `
      const keys = ${JSON.stringify(keys)};
      const from = Number(process.env.FROM);
      const log = (what, key) => fs.appendFileSync(root + '/log', [what, process.pid, key].join(' ') + '\\n');
      const done = key => fs.existsSync(root + '/done-' + key);
      for (const key of [...keys.slice(from), ...keys.slice(0, from)]) {
        while (!done(key)) {
          const lease = leases.tryAcquire(key);
          if (lease === undefined) {
            await leases.waitFor(key, new AbortController().signal);
            continue;
          }
          if (!done(key)) {
            log('begin', key);
            await sleep(4);
            log('end', key);
            fs.writeFileSync(root + '/done-' + key, '');
          }
          lease.release();
        }
      }`;
    const dead = new Set<number>();
    const one = async (n: number): Promise<void> => {
      // Half of the processes are killed twice, at moments of their own, and started again.
      for (let life = 0; ; life++) {
        const child = start(root, program, {FROM: String(n % 4)});
        const end = ended(child);
        if (n % 2 === 0 && life < 2) {
          const early = await Promise.race([end, setTimeout(230 + 37 * n + 61 * life)]);
          if (early === undefined && child.kill('SIGKILL')) dead.add(child.pid!);
        }
        if ((await end) === 0) return;
        expect(dead).toContain(child.pid);
      }
    };
    await Promise.all(Array.from({length: 8}, (_, n) => one(n)));

    const begun = new Map<string, string>();
    const finished = new Map<string, number>();
    for (const line of readFileSync(join(root, 'log'), 'utf8').trim().split('\n')) {
      const [what, pid, at] = line.split(' ') as [string, string, string];
      if (what === 'begin') {
        // Somebody else may stand in the middle of it only if it was killed there.
        if (begun.has(at)) expect(dead).toContain(Number(begun.get(at)));
        begun.set(at, pid);
      } else {
        expect(begun.get(at)).toBe(pid);
        begun.delete(at);
        finished.set(at, (finished.get(at) ?? 0) + 1);
      }
    }
    expect([...finished.keys()].sort()).toEqual(keys);
    const again = [...finished.values()].filter(times => times > 1).length;
    expect(again).toBeLessThanOrEqual(dead.size);
    expect(dead.size).toBeGreaterThan(0);
    new Store(root).draft().discard();
    for (const at of keys) new Leases(root).tryAcquire(at)!.release();
    expectClear();
  });
});
