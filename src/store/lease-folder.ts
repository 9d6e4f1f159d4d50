import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import {join} from 'node:path';
import type {Key} from './manifest.js';
import {isMissing, listed} from './missing.js';
import {type Owner, workOf} from './owner.js';
import {privateName} from './private-name.js';

/** The owner of a lease, as it can be read in the store. */
export interface Holder {
  readonly folder: string;
  /** Undefined where a machine went down before the file was whole. */
  readonly owner: Owner | undefined;
  /** Changes for as long as the owner shows life. */
  readonly pulse: string;
  /** When the owner last showed life, in ms, by clocks that are not this process's. */
  readonly touched: number;
}

/**
 * Leases as folders of a store:
 *
 *     leases/KEY/owner.json           who has it; touched now and then while the work goes on
 *     leases/KEY/NONCE/owner.json     who has taken it over from the dead owner with that nonce; and so on
 *
 * Only a rename gives a lease: a folder made elsewhere is renamed to its address, which fails where one is already. So
 * one of many takers wins, and a lease names its owner from the first instant. The deepest owner is the one that counts;
 * it alone lets go, by renaming the whole away. A folder that comes to lie in a lease under another nonce than its
 * owner's means nothing: a taker that was slow takes nothing away from whoever is the owner by then.
 */
export class LeaseFolders {
  constructor(private readonly root: string) {}

  /** The owner that counts; undefined where the lease is free. */
  holder(key: Key): Holder | undefined {
    let holder = readHolder(this.#address(key));
    for (let next = holder; next !== undefined; next = readHolder(successor(next))) holder = next;
    return holder;
  }

  /** Takes a free lease, or that of a dead holder. Undefined where somebody else was faster. */
  take(key: Key, dead: Holder | undefined, owner: Owner): Holder | undefined {
    const draft = privateName(this.root);
    mkdirSync(draft, {recursive: true});
    writeFileSync(join(draft, 'owner.json'), JSON.stringify(owner));
    if (dead !== undefined) rename(draft, successor(dead));
    else if (!rename(draft, this.#address(key))) {
      mkdirSync(join(this.root, 'leases'), {recursive: true});
      rename(draft, this.#address(key));
    }
    // Whatever the renames said, over a network and all, the owner is who can be read there now.
    const taken = this.#held(key, owner);
    if (taken === undefined) rmSync(draft, {recursive: true, force: true});
    return taken;
  }

  /** Names of all leases, whoever had them. */
  names(): string[] {
    return listed(join(this.root, 'leases'));
  }

  /** Shows life, as well as can be: a sign that cannot be given now is given the next time. */
  touch(key: Key, owner: Owner): void {
    try {
      const holder = this.#held(key, owner);
      if (holder === undefined) return;
      const now = new Date();
      utimesSync(join(holder.folder, 'owner.json'), now, now);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
    }
  }

  /** Says anew who the owner is. */
  rewrite(key: Key, owner: Owner): void {
    const holder = this.#held(key, owner);
    if (holder === undefined) return;
    const draft = privateName(this.root);
    writeFileSync(draft, JSON.stringify(owner));
    renameSync(draft, join(holder.folder, 'owner.json'));
  }

  /** Lets go of a lease, unless it was taken over. */
  free(key: Key, owner: Owner): void {
    if (this.#held(key, owner) === undefined) return;
    const draft = privateName(this.root);
    renameSync(this.#address(key), draft);
    rmSync(draft, {recursive: true, force: true});
  }

  /** The lease as it is there, if it is the owner's. */
  #held(key: Key, {nonce}: Owner): Holder | undefined {
    const holder = this.holder(key);
    return holder?.owner?.nonce === nonce ? holder : undefined;
  }

  #address(key: Key): string {
    return join(this.root, 'leases', key);
  }
}

/** Where the folder of who takes over from a dead holder goes. */
const successor = ({folder, owner}: Holder): string => join(folder, owner?.nonce ?? 'unreadable');

function readHolder(folder: string): Holder | undefined {
  let file;
  try {
    // Opened and not only looked at: that is when a network's file system asks its server for the newest.
    file = openSync(join(folder, 'owner.json'), 'r');
  } catch (error) {
    if (!isMissing(error)) throw error;
    const stat = statSync(folder, {throwIfNoEntry: false});
    return stat && {folder, owner: undefined, pulse: `${stat.mtimeMs}`, touched: stat.mtimeMs};
  }
  try {
    const {mtimeMs} = fstatSync(file);
    const owner = parseOwner(readFileSync(file, 'utf8'));
    const pulse = `${owner?.nonce}/${mtimeMs}/${owner && workOf(owner)}`;
    return {folder, owner, pulse, touched: mtimeMs};
  } finally {
    closeSync(file);
  }
}

function parseOwner(text: string): Owner | undefined {
  try {
    return JSON.parse(text) as Owner;
  } catch {
    return undefined;
  }
}

/** Renames a folder to where nothing must be. False where the folder that it goes to is not there. */
function rename(from: string, to: string): boolean {
  try {
    renameSync(from, to);
  } catch (error) {
    if (isMissing(error)) return false;
    const {code} = error as NodeJS.ErrnoException;
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
  }
  return true;
}
