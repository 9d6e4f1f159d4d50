import {createHash} from 'node:crypto';
import {mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync} from 'node:fs';
import {hostname} from 'node:os';
import {join} from 'node:path';
import {sync} from './durable.js';
import type {Key} from './manifest.js';
import {privateName} from './private-name.js';
import {ifThere, isMissing, listed} from './missing.js';

/** Which results a run uses. They are kept for as long as the run is. */
export interface Usage {
  readonly format: 1;
  /** Absolute path of the run's folder. */
  readonly folder: string;
  /** Name of the experiment; NAME/VARIANT for a variant of a sweep. */
  readonly experiment: string;
  /** Of the results of its stages, and of units that are part of no stage's result. */
  readonly keys: readonly Key[];
  /** The machine that can tell whether the folder is there. */
  readonly host: string;
  /**
   * When the run began, in ms by the clock of the store's file system; null once it has ended. Until then it holds the
   * lease `leaseOf(id)`.
   */
  readonly running: number | null;
  /** Whether the results are kept although the folder may be gone. */
  readonly pinned: boolean;
}

/** A record as found. */
export interface FoundUsage {
  readonly id: string;
  /** When the run was last used, in ms. */
  readonly used: number;
  readonly usage: Usage;
}

/** A name for the use that this machine's run in a folder makes of a store. */
export const usageId = (folder: string): string =>
  createHash('sha256').update(`${hostname()}\0${folder}`).digest('hex').slice(0, 32);

/** The lease that a run holds while it goes on. */
export const leaseOf = (id: string): Key => `run-${id}`;

/**
 * What the runs of a store use, a file for each, touched when the run is used again:
 *
 *     runs/ID.json
 */
export class UsageRecords {
  /** @param root of the store */
  constructor(private readonly root: string) {}

  /** All that can be read; a file that a crash of the machine left half written tells nothing. */
  all(): FoundUsage[] {
    return listed(join(this.root, 'runs'))
      .filter(name => name.endsWith('.json'))
      .flatMap(name => this.find(name.slice(0, -'.json'.length)) ?? [])
      .sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  find(id: string): FoundUsage | undefined {
    const file = this.#file(id);
    try {
      return {id, used: statSync(file).mtimeMs, usage: JSON.parse(readFileSync(file, 'utf8')) as Usage};
    } catch (error) {
      if (error instanceof SyntaxError || isMissing(error)) return undefined;
      throw error;
    }
  }

  /** Writes a record, in place of what may be there. */
  write(id: string, usage: Usage): void {
    const draft = privateName(this.root);
    mkdirSync(join(this.root, 'drafts'), {recursive: true});
    mkdirSync(join(this.root, 'runs'), {recursive: true});
    writeFileSync(draft, JSON.stringify(usage));
    if (usage.running === null) sync(draft);
    renameSync(draft, this.#file(id));
  }

  /** Says that a run was used now. False if there is no record of it. */
  touch(id: string): boolean {
    const now = new Date();
    return ifThere(() => (utimesSync(this.#file(id), now, now), true)) ?? false;
  }

  remove(id: string): void {
    rmSync(this.#file(id), {force: true});
  }

  #file(id: string): string {
    return join(this.root, 'runs', `${id}.json`);
  }
}
