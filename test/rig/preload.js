// Loaded into the command before its own code, so that a story can choose what happens to it, and at which moment:
//
//   STRATA_TEST_KILL=N     the process dies (SIGKILL) in its N-th change of the file system; a write dies half done
//   STRATA_TEST_HOLD=FILE  reading FILE waits for the file FILE.go; FILE.held says that it waits
//   STRATA_TEST_CORES=N    the machine seems to have N processor cores
import fs from 'node:fs';
import promises from 'node:fs/promises';
import {syncBuiltinESMExports} from 'node:module';
import os from 'node:os';
import {setTimeout} from 'node:timers/promises';

const {STRATA_TEST_KILL: kill, STRATA_TEST_HOLD: hold, STRATA_TEST_CORES: cores} = process.env;

/** What a change leaves when the process dies in it, where that is neither nothing nor all. */
const HALVES = {
  writeSync: (write, [fd, data]) => write(fd, data.slice(0, data.length >> 1)),
  appendFileSync: (append, [file, data]) => append(file, data.slice(0, data.length >> 1)),
  writeFileSync: (write, [file, data]) => write(file, data.slice(0, data.length >> 1)),
};
const CHANGES = ['mkdirSync', 'renameSync', 'rmSync', 'fsyncSync', 'copyFileSync', 'symlinkSync'];

if (kill !== undefined) {
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

if (cores !== undefined) os.availableParallelism = () => Number(cores);

syncBuiltinESMExports();
