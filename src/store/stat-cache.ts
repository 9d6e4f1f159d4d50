import {hash} from 'node:crypto';
import {
  appendFileSync,
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import {hostname} from 'node:os';
import {dirname, join} from 'node:path';
import {hashFile} from './hash-file.js';
import {ifThere} from './missing.js';
import type {Stamp} from './stamp.js';
import {inodeOf, stampOf, wouldShowEdit} from './stamp.js';

/** A larger file is written again without the lines that newer ones replace, once these are more than half of it. */
const SMALL = 1000;

/** More files than this are not remembered; then the half noted longest ago is forgotten. */
const MOST = 200_000;

/** Milliseconds for which a look at the clock of the file system is good; a process's own clock tells the time since. */
const CLOCK_GOOD = 1000;

interface Note {
  readonly stamp: Stamp;
  readonly sha256: string;
  /** When hashing began, by `performance.now()`. */
  readonly began: number;
}

/** A look at the clock of a file system. */
interface Clock {
  /** When it was, by `performance.now()`. */
  readonly at: number;
  /** What the clock said, in ns. */
  readonly time: bigint;
  readonly device: bigint;
}

/**
 * The sha256 of files by their stamps, so that bytes that have not changed are not read again. Kept in the store, one
 * file for each host (device numbers are a host's own), to which any number of processes append:
 *
 *     stamps/HOST.log     a line a file: STAMP SHA256 CHECK; the last one of an inode counts
 *     stamps/HOST.clock   touched to learn the time by the clock of the file system
 *
 * A line that is torn or garbled fails its check and counts as not there. A file is noted only if its last change is so
 * long before its hashing that any later one would show in the stamp. Nothing depends on the notes: where they cannot be
 * read or written, files are hashed again, and no error is raised.
 */
export class StatCache {
  /** Lines by inode. */
  readonly #lines = new Map<string, string>();
  /** How far the file has been read. */
  #read = {ino: 0n, bytes: 0n};
  #undecided: Note[] = [];
  #unsaved: string[] = [];
  #clock: Clock | undefined;
  #scheduled = false;

  /** @param root the folder of the store; nothing is read or written before the first question */
  constructor(private readonly root: string) {}

  /** sha256 (hex) of the bytes of the file with this stamp, if it is known. */
  sha256(stamp: Stamp): string | undefined {
    return this.#find(stamp) ?? (this.#readOn() ? this.#find(stamp) : undefined);
  }

  /**
   * sha256 (hex) of a file's bytes: as noted, or hashed and noted now.
   *
   * @param stamp of the file, just taken
   */
  hash(file: string, stamp = stampOf(file)): string {
    return this.sha256(stamp) ?? this.hashAnew(file, stamp);
  }

  /** As `hash`, but reads the file whatever is noted. */
  hashAnew(file: string, stamp = stampOf(file)): string {
    const began = performance.now();
    const sha256 = hashFile(file);
    this.note(file, stamp, sha256, began);
    return sha256;
  }

  /**
   * Notes what a file held, unless its stamp is another by now or could hide an edit.
   *
   * @param stamp taken before the hashing
   * @param began when hashing began, by `performance.now()`
   */
  note(file: string, stamp: Stamp, sha256: string, began: number): void {
    if (stampOf(file) !== stamp) return;
    this.#undecided.push({stamp, sha256, began});
    this.#decide();
    this.#schedule();
  }

  /** Notes a file that this process has just written itself and that nobody else writes to. */
  noteOwn(file: string, sha256: string): void {
    // A collection that is looking at it for the last time may have moved it away for an instant.
    const stamp = ifThere(() => stampOf(file));
    if (stamp === undefined) return;
    this.#add(stamp, sha256);
    this.#schedule();
  }

  /** Writes what is noted to the disk. It is done anyway when the process has nothing else to do. */
  save(): void {
    this.#decide();
    if (this.#unsaved.length === 0) return;
    // The line break in front ends a line that another process left torn.
    const text = `\n${this.#unsaved.join('\n')}\n`;
    const done = this.#write('log', file => {
      appendFileSync(file, text);
      return true;
    });
    if (done === true) this.#unsaved = [];
  }

  #find(stamp: Stamp): string | undefined {
    const line = this.#lines.get(inodeOf(stamp));
    if (line === undefined || !line.startsWith(`${stamp} `)) return undefined;
    const sha256 = line.slice(stamp.length + 1, stamp.length + 65);
    return line === lineOf(stamp, sha256) ? sha256 : undefined;
  }

  #add(stamp: Stamp, sha256: string): void {
    const line = lineOf(stamp, sha256);
    this.#lines.set(inodeOf(stamp), line);
    this.#unsaved.push(line);
  }

  /** Takes over the notes whose stamps would show any edit since; the others are dropped. */
  #decide(): void {
    if (this.#undecided.length === 0) return;
    const clock = this.#lookAtClock();
    if (clock === undefined) return;
    for (const {stamp, sha256, began} of this.#undecided) {
      const moment = clock.time + BigInt(Math.floor((began - clock.at) * 1e6));
      if (wouldShowEdit(stamp, moment, clock.device)) this.#add(stamp, sha256);
    }
    this.#undecided = [];
  }

  /** The clock of the store's file system may run apart from that of this host. Before there is a store there is none. */
  #lookAtClock(): Clock | undefined {
    if (this.#clock !== undefined && performance.now() - this.#clock.at < CLOCK_GOOD) return this.#clock;
    this.#clock = this.#write('clock', file => {
      const fd = openSync(file, 'w');
      try {
        writeSync(fd, '\n');
        const {mtimeNs, dev} = fstatSync(fd, {bigint: true});
        return {at: performance.now(), time: mtimeNs, device: dev};
      } finally {
        closeSync(fd);
      }
    });
    return this.#clock;
  }

  /** Reads what the file holds beyond what was read before; false if that is nothing. */
  #readOn(): boolean {
    const file = this.#path('log');
    try {
      const {ino, size} = statSync(file, {bigint: true});
      const from = ino === this.#read.ino ? this.#read.bytes : 0n;
      if (size <= from) return false;
      const text = readFrom(file, Number(from), Number(size - from));
      const end = text.lastIndexOf('\n') + 1;
      const lines = this.#take(text.slice(0, end));
      this.#read = {ino, bytes: from + BigInt(end)};
      if (from === 0n && lines > SMALL && (lines > 2 * this.#lines.size || this.#lines.size > MOST))
        this.#compact(file);
      return true;
    } catch {
      return false;
    }
  }

  /** Adds the lines of a text; gives their number. */
  #take(text: string): number {
    let count = 0;
    for (let start = 0, end; (end = text.indexOf('\n', start)) >= 0; start = end + 1) {
      if (end === start) continue;
      const line = text.slice(start, end);
      const inode = inodeOf(line);
      this.#lines.delete(inode);
      this.#lines.set(inode, line);
      count++;
    }
    return count;
  }

  /** Writes the file again with the lines that count. What others append meanwhile is lost and hashed again. */
  #compact(file: string): void {
    if (this.#lines.size > MOST)
      for (const inode of [...this.#lines.keys()].slice(0, -MOST / 2)) this.#lines.delete(inode);
    const draft = `${file}.draft`;
    writeFileSync(draft, `${[...this.#lines.values()].join('\n')}\n`);
    renameSync(draft, file);
    const {ino, size} = statSync(file, {bigint: true});
    this.#read = {ino, bytes: size};
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.save();
    });
  }

  #path(kind: 'log' | 'clock'): string {
    return join(this.root, 'stamps', `${hostname()}.${kind}`);
  }

  /** Writes one of the files. Undefined if there is no store to keep it in, or none that can be written. */
  #write<T>(kind: 'log' | 'clock', write: (file: string) => T): T | undefined {
    try {
      const file = this.#path(kind);
      if (!existsSync(dirname(file)) && existsSync(this.root)) mkdirSync(dirname(file));
      return write(file);
    } catch {
      return undefined;
    }
  }
}

const lineOf = (stamp: Stamp, sha256: string): string => {
  const line = `${stamp} ${sha256}`;
  return `${line} ${hash('sha256', line).slice(0, 8)}`;
};

function readFrom(file: string, start: number, bytes: number): string {
  const fd = openSync(file, 'r');
  try {
    const buffer = Buffer.allocUnsafe(bytes);
    return buffer.toString('latin1', 0, readSync(fd, buffer, 0, bytes, start));
  } finally {
    closeSync(fd);
  }
}
