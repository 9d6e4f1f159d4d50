import {lstatSync, readdirSync} from 'node:fs';
import {hostname} from 'node:os';
import {join} from 'node:path';
import {LeaseFolders} from './lease-folder.js';
import {ifThere, listed} from './missing.js';
import {isAlive} from './owner.js';
import {LIFELESS, mayLive} from './runs.js';

/** A file or folder that is no part of a result. */
export interface Litter {
  readonly path: string;
  /** With all that is in it. */
  readonly bytes: number;
}

/** Drafts of processes that are dead, and of other machines when nothing has changed in them for a day and none of their processes shows life. */
export function deadDrafts(root: string, now: number): Litter[] {
  const leases = new LeaseFolders(root);
  const holders = leases.names().map(name => leases.holder(name));
  const lively = new Set(holders.filter(h => mayLive(h, now)).map(h => h!.owner?.host));
  return entries(join(root, 'drafts')).filter(({path, changed}) => {
    const [, host, pid] = /([^/]*)-(\d+)-[^-]*$/.exec(path) ?? [];
    if (host === hostname() && pid !== undefined) return !isAlive({pid: Number(pid), start: null});
    return now - changed > LIFELESS && !lively.has(host);
  });
}

/** What was put aside longer ago than `older` (ms). */
export const oldQuarantine = (root: string, older: number, now: number): Litter[] =>
  entries(join(root, 'quarantine')).filter(({changed}) => now - changed > older);

/** What lies in a folder of a store. `changed`: the latest change in it, in ms. */
export function entries(folder: string): (Litter & {readonly changed: number})[] {
  return listed(folder).flatMap(name => {
    const path = join(folder, name);
    const all = [path, ...inside(path)].flatMap(file => ifThere(() => lstatSync(file)) ?? []);
    if (all.length === 0) return [];
    const bytes = all.reduce((sum, stat) => sum + (stat.isFile() ? stat.size : 0), 0);
    return [{path, bytes, changed: Math.max(...all.map(stat => stat.ctimeMs))}];
  });
}

/** Everything in a folder; nothing if it is none. */
const inside = (folder: string): string[] =>
  ifThere(() =>
    lstatSync(folder).isDirectory()
      ? readdirSync(folder, {recursive: true, encoding: 'utf8'}).map(name => join(folder, name))
      : [],
  ) ?? [];
