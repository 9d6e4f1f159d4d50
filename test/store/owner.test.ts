import {spawn} from 'node:child_process';
import {existsSync, readFileSync} from 'node:fs';
import type {Writable} from 'node:stream';
import {expect, onTestFinished, test} from 'vitest';
import {hasEnded, isAlive, newOwner, withProcess, workOf} from '../../src/store/owner.js';
import {until} from '../rig/strata.js';

const linux = existsSync('/proc/self/stat');

test('this process lives, and is told from one that had its number before', () => {
  const owner = newOwner();
  expect(owner.processes.map(p => [p.pid, p.start !== null])).toEqual([[process.pid, linux]]);
  expect(hasEnded(owner)).toBe(false);
  expect(isAlive({pid: process.pid, start: null})).toBe(true);
  expect(isAlive({pid: process.pid, start: '1'})).toBe(!linux);
});

test('every holding has a name of its own', () => {
  expect(newOwner().nonce).not.toBe(newOwner().nonce);
});

test('an owner has ended when the last of its processes has', () => {
  const gone = {pid: 999_999_999, start: null};
  const owner = {...newOwner(), processes: [gone]};
  expect(hasEnded(owner)).toBe(true);
  expect(hasEnded(withProcess(owner, process.pid))).toBe(false);
});

test.each([{host: 'elsewhere'}, {boot: 'earlier'}, {pidNamespace: 'pid:[1]'}])(
  'of a process with another %o nothing is known',
  other => {
    const owner = {...newOwner(), processes: [{pid: 999_999_999, start: null}], ...other};
    expect(hasEnded(owner)).toBe(false);
    expect(workOf(owner)).toBe('');
  },
);

test.skipIf(!linux)('a process that has ended and that its parent does not ask about is dead', async () => {
  // The shell becomes a program that asks about no children, and only then its child ends.
  const parent = spawn('sh', ['-c', 'cat <&3 & echo $!; exec sleep 60'], {
    stdio: ['ignore', 'pipe', 'inherit', 'pipe'],
  });
  onTestFinished(() => void parent.kill());
  const pid = await new Promise<number>(resolve =>
    parent.stdout!.once('data', data => resolve(Number(data))),
  );
  await until(() => readFileSync(`/proc/${parent.pid!}/comm`, 'utf8') === 'sleep\n');
  expect(isAlive({pid, start: null})).toBe(true);
  (parent.stdio[3] as Writable).end();
  await until(() => / [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8')));
  expect(isAlive({pid, start: null})).toBe(false);
});

test.skipIf(!linux)(
  'the work of a process that computes changes, of one that sleeps it does not',
  async () => {
    const busy = newOwner();
    const before = workOf(busy);
    await until(() => workOf(busy) !== before);
    const sleeper = spawn('sleep', ['60']);
    onTestFinished(() => void sleeper.kill());
    const idle = {...busy, processes: [{pid: sleeper.pid!, start: null}]};
    await until(() => / S /.test(readFileSync(`/proc/${sleeper.pid!}/stat`, 'utf8')));
    const still = workOf(idle);
    const now = workOf(busy);
    await until(() => workOf(busy) !== now);
    expect(workOf(idle)).toBe(still);
  },
);
