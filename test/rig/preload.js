// Loaded into the command before its own code. No story outlasts a loss of power, so that none waits for a disk; and a story can
// choose what happens to the command, and at which moment:
//
//   STRATA_TEST_KILL=N     the process dies (SIGKILL) in its N-th change of the file system; a write dies half done
//   STRATA_TEST_FAIL=CODE:N:write:PART  the N-th change of what lies in the store, under a path that has PART in it, fails with
//                          that error of the system, such as ENOSPC; CODE:N:read:PART the N-th read. STORE.failed says what it was
//   STRATA_TEST_IN=main    only the process that was started does what is said above; "worker": only those it starts
//   STRATA_TEST_HOLD=FILE  reading FILE waits for the file FILE.go; FILE.held says that it waits
//   STRATA_TEST_CRASH=FILE reading FILE says something and breaks as native code does, unless FILE.spare is there
//   STRATA_TEST_COMMITS=FILE  the key of every result that is not put together from others is added to FILE when it is published
//   STRATA_TEST_CLOCK=N    the clock is N seconds ahead
//   STRATA_TEST_CORES=N    the machine seems to have N processor cores
import fs from 'node:fs';
import promises from 'node:fs/promises';
import {syncBuiltinESMExports} from 'node:module';
import os from 'node:os';
import {resolve} from 'node:path';
import {setTimeout} from 'node:timers/promises';
import {failAt} from './fail.js';

const {
  STRATA_TEST_KILL: kill,
  STRATA_TEST_FAIL: fail,
  STRATA_TEST_IN: only,
  STRATA_TEST_HOLD: hold,
  STRATA_TEST_CRASH: crash,
  STRATA_TEST_COMMITS: commits,
  STRATA_TEST_CLOCK: ahead,
  STRATA_TEST_CORES: cores,
} = process.env;
const here = only === undefined || only === (process.send === undefined ? 'main' : 'worker');

fs.fsyncSync = () => undefined;

/** What a change leaves when the process dies in it, where that is neither nothing nor all. */
const HALVES = {
  writeSync: (write, [fd, data]) => write(fd, data.slice(0, data.length >> 1)),
  appendFileSync: (append, [file, data]) => append(file, data.slice(0, data.length >> 1)),
  writeFileSync: (write, [file, data]) => write(file, data.slice(0, data.length >> 1)),
};
const CHANGES = ['mkdirSync', 'renameSync', 'rmSync', 'fsyncSync', 'copyFileSync', 'symlinkSync'];

if (kill !== undefined && here) {
  let left = Number(kill);
  for (const name of [...Object.keys(HALVES), ...CHANGES]) {
    const original = fs[name];
    fs[name] = (...args) => {
      if (--left === 0) {
        HALVES[name]?.(original, args);
        process.kill(process.pid, 'SIGKILL');
      }
      return original(...args);
    };
  }
}

if (fail !== undefined && here) {
  const [code, n, what, only] = fail.split(':');
  const store = resolve(process.env.STRATA_STORE || 'outputs/.store');
  const failure = failAt(store, code, Number(n), {reads: what === 'read', only});
  process.on('exit', () => {
    if (failure.failed() !== undefined) fs.appendFileSync(`${store}.failed`, `${failure.failed()}\n`);
  });
}

if (hold !== undefined) {
  const {readFile} = promises;
  promises.readFile = async (file, ...rest) => {
    if (file === hold) {
      fs.writeFileSync(`${hold}.held`, '');
      while (!fs.existsSync(`${hold}.go`)) await setTimeout(5);
    }
    return readFile(file, ...rest);
  };
}

if (crash !== undefined) {
  const {readFile} = promises;
  promises.readFile = async (file, ...rest) => {
    if (file === crash && !fs.existsSync(`${crash}.spare`)) {
      fs.writeSync(2, 'the tensor has lost its shape\n');
      process.kill(process.pid, 'SIGSEGV');
    }
    return readFile(file, ...rest);
  };
}

if (commits !== undefined) {
  const {renameSync} = fs;
  fs.renameSync = (from, to) => {
    if (/results.[0-9a-f]{2}.[0-9a-f]{62}\.json$/.test(to)) {
      const {key, units} = JSON.parse(fs.readFileSync(from, 'utf8'));
      if (units.length === 0) fs.appendFileSync(commits, `${key}\n`);
    }
    return renameSync(from, to);
  };
}

if (ahead !== undefined) {
  const Real = Date;
  const shift = Number(ahead) * 1000;
  globalThis.Date = class extends Real {
    constructor(...args) {
      super(...(args.length === 0 ? [Real.now() + shift] : args));
    }
    static now() {
      return Real.now() + shift;
    }
  };
}

if (cores !== undefined) os.availableParallelism = () => Number(cores);

syncBuiltinESMExports();
