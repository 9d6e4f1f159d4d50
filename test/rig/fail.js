// Lets the file system refuse something, as a full disk or a broken one does.
import fs from 'node:fs';
import promises from 'node:fs/promises';
import {syncBuiltinESMExports} from 'node:module';
import {sep} from 'node:path';
import {getSystemErrorMap} from 'node:util';

/** Functions that change something, by what the system calls it, and what they leave when they fail half done. */
const CHANGES = {
  mkdirSync: ['mkdir'],
  rmSync: ['rm'],
  renameSync: ['rename'],
  symlinkSync: ['symlink'],
  utimesSync: ['utime'],
  fsyncSync: ['fsync'],
  copyFileSync: ['copyfile'],
  openSync: ['open'],
  writeSync: ['write', (write, [fd, data]) => write(fd, data.slice(0, data.length >> 1))],
  writeFileSync: ['write', (write, [file, data]) => write(file, data.slice(0, data.length >> 1))],
  appendFileSync: ['write', (append, [file, data]) => append(file, data.slice(0, data.length >> 1))],
};
const READS = {readFileSync: ['open'], readdirSync: ['scandir'], openSync: ['open'], readSync: ['read']};

/**
 * Fails the n-th change (or read) of what lies in a folder, or of that whose path has a text in it, with an error of the
 * system such as ENOSPC. Gives what tells whether it came to that, and puts everything back.
 */
export function failAt(folder, code, n, {reads = false, only = ''} = {}) {
  const [errno] = [...getSystemErrorMap()].find(([, [name]]) => name === code);
  const inside = file => typeof file === 'string' && (file === folder || file.startsWith(folder + sep));
  const originals = {...fs};
  const {open} = promises;
  /** By descriptor. */
  const files = new Map();
  let left = n;
  let failed;
  const isRead = flags => flags === undefined || flags === 'r';

  const count = (name, syscall, file, half) => {
    if (!inside(file) || !file.slice(folder.length).includes(only) || --left !== 0) return;
    failed = `${name} ${file}`;
    half?.();
    throw Object.assign(new Error(`${code}: ${syscall} '${file}'`), {code, errno, syscall, path: file});
  };
  const opened = (fd, file) => {
    files.set(fd, file);
    return fd;
  };
  for (const [name, [syscall, half]] of Object.entries(reads ? READS : CHANGES)) {
    const original = fs[name];
    fs[name] = (...args) => {
      const file = files.get(args[0]) ?? args[name === 'renameSync' ? 1 : 0];
      if (name !== 'openSync' || isRead(args[1]) === reads)
        count(name, syscall, file, () => half?.(original, args));
      const value = original(...args);
      return name === 'openSync' ? opened(value, args[0]) : value;
    };
  }
  if (reads)
    promises.open = (file, ...rest) => {
      count('open', 'open', file);
      return open(file, ...rest);
    };
  syncBuiltinESMExports();
  return {
    failed: () => failed,
    restore() {
      for (const name of Object.keys(reads ? READS : CHANGES)) fs[name] = originals[name];
      promises.open = open;
      syncBuiltinESMExports();
    },
  };
}
