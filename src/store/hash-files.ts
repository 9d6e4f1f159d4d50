import {once} from 'node:events';
import {availableParallelism} from 'node:os';
import {Worker} from 'node:worker_threads';
import {hashIfReadable} from './hash-file.js';

/** With fewer bytes than this, starting threads takes longer than the hashing. */
const WORTH_THREADS = 64 << 20;

/** Beyond so many threads no disk keeps up: one hashes over 1 GB a second. */
const MOST_THREADS = 8;

/** What a thread is given at a time, unless one file alone has more bytes. */
const PORTION = {bytes: 16 << 20, files: 256};

export interface FileToHash {
  readonly path: string;
  readonly bytes: number;
}

/**
 * sha256 (hex) of the bytes of files, by path; those that cannot be read are left out. Much is hashed by several threads,
 * little at once.
 */
export async function hashFiles(files: readonly FileToHash[]): Promise<Map<string, string>> {
  const hashes = new Map<string, string>();
  const take = (paths: readonly string[], found: readonly (string | null)[]): void =>
    paths.forEach((path, i) => {
      const hash = found[i];
      if (typeof hash === 'string') hashes.set(path, hash);
    });
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const portions = portionsOf(files);
  if (bytes < WORTH_THREADS) {
    for (const portion of portions) take(portion, portion.map(hashIfReadable));
    return hashes;
  }
  const threads = Math.min(availableParallelism(), MOST_THREADS, portions.length);
  let next = 0;
  const work = async (): Promise<void> => {
    const worker = new Worker(new URL('./hash-worker.js', import.meta.url));
    try {
      for (let portion; (portion = portions[next++]) !== undefined;) {
        worker.postMessage(portion);
        const [found] = (await once(worker, 'message')) as [(string | null)[]];
        take(portion, found);
      }
    } finally {
      await worker.terminate();
    }
  };
  await Promise.all(Array.from({length: threads}, work));
  return hashes;
}

/** The largest files first, so that no thread begins a long one when the others are done. */
function portionsOf(files: readonly FileToHash[]): string[][] {
  const portions: string[][] = [];
  let room = 0;
  for (const {path, bytes} of files.toSorted((a, b) => b.bytes - a.bytes)) {
    const last = portions.at(-1);
    if (last === undefined || room < bytes || last.length >= PORTION.files) {
      portions.push([path]);
      room = PORTION.bytes - bytes;
    } else {
      last.push(path);
      room -= bytes;
    }
  }
  return portions;
}
