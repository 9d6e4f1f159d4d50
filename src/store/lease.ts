import {setImmediate, setTimeout} from 'node:timers/promises';
import {type Holder, LeaseFolders} from './lease-folder.js';
import type {Key} from './manifest.js';
import {type Owner, hasEnded, newOwner, withProcess} from './owner.js';
import {storeErrors} from './store-errors.js';

/** Durations in milliseconds, and what they are measured by. */
export interface LeaseTimes {
  /** Between two signs of life of an owner. Default 10 000. */
  readonly heartbeat: number;
  /** How long an owner that cannot be asked may show no life before it counts as dead. Default 60 000. */
  readonly patience: number;
  /** Between two looks at somebody else's lease, at first and at most. Default 20 and 500. */
  readonly poll: readonly [number, number];
  /** Default: the monotonic clock of this process. */
  readonly now: () => number;
  /** Rejects when aborted. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

const TIMES: LeaseTimes = {
  heartbeat: 10_000,
  patience: 60_000,
  poll: [20, 500],
  now: () => performance.now(),
  sleep: (ms, signal) => setTimeout(ms, undefined, {signal}),
};

/** The right, and the duty, to make the result of a key. Release it in any case, also after a failure. */
export interface Lease {
  readonly key: Key;
  /** When it was taken, in ms by the clock of the store's file system. */
  readonly since: number;
  /** Names a process of this machine that works on it too: the lease lasts as long as any of its processes. */
  share(pid: number): void;
  /** Lets go; a second time does nothing. */
  release(): void;
}

/**
 * Leases on the keys of a store, so that work that somebody is doing is waited for and not done twice:
 *
 *     loop: is it in the store? done : lease = tryAcquire(key); lease? look again, make it, commit, release : waitFor(key)
 *
 * An owner of this machine is dead when its processes have ended. Of others, and of a process that hangs, only a pulse
 * can be seen: they count as dead when it has stood still for long enough by the clock of whoever waits. No clock is
 * compared with another's, and nothing is ever left to clear by hand. A lease saves work and guards nothing: results
 * stay right should two hold it, as when a process goes on that was stopped for longer than others had patience.
 */
export class Leases {
  readonly #times: LeaseTimes;
  readonly #folders: LeaseFolders;
  readonly #held = new Set<Lease & {beat(): void}>();
  readonly #watched = new Map<Key, {readonly pulse: string; seen: number; still: number}>();
  #timer: NodeJS.Timeout | undefined;

  /** @param root of the store */
  constructor(
    readonly root: string,
    times: Partial<LeaseTimes> = {},
  ) {
    this.#times = {...TIMES, ...times};
    this.#folders = new LeaseFolders(root);
  }

  /**
   * Takes the lease of a key unless somebody alive has it, be it this process itself.
   *
   * @throws E601 where the store cannot be written
   */
  tryAcquire(key: Key): Lease | undefined {
    return storeErrors(this.root, () => {
      const holder = this.#folders.holder(key);
      if (this.#isAlive(key, holder)) return undefined;
      const owner = newOwner();
      const taken = this.#folders.take(key, holder, owner);
      return taken && this.#keep(key, owner, taken.touched);
    });
  }

  /**
   * Whether somebody has the lease of a key who is not known to be dead.
   *
   * @throws E601 where the store cannot be read
   */
  isTaken(key: Key): boolean {
    return storeErrors(this.root, () => this.#isAlive(key, this.#folders.holder(key)));
  }

  /**
   * Waits until the lease of a key is free or its owner dead. Rejects as soon as it is aborted.
   *
   * @throws E601 where the store cannot be read
   */
  async waitFor(key: Key, signal: AbortSignal): Promise<void> {
    const {poll, sleep} = this.#times;
    let pause = poll[0];
    do {
      await sleep(pause, signal);
      pause = Math.min(pause * 1.5, poll[1]);
    } while (this.isTaken(key));
  }

  /** Lets go of all leases, at once, so that it may be called while the process exits. */
  releaseAll(): void {
    for (const lease of this.#held) lease.release();
  }

  #keep(key: Key, owner: Owner, since: number): Lease {
    const lease = {
      key,
      since,
      share: (pid: number) =>
        storeErrors(this.root, () => this.#folders.rewrite(key, (owner = withProcess(owner, pid)))),
      beat: () => this.#folders.touch(key, owner),
      release: () => {
        if (!this.#held.delete(lease)) return;
        if (this.#held.size === 0) clearInterval(this.#timer);
        storeErrors(this.root, () => this.#folders.free(key, owner));
      },
    };
    if (this.#held.size === 0) this.#timer = setInterval(() => this.#beat(), this.#times.heartbeat).unref();
    this.#held.add(lease);
    return lease;
  }

  #beat(): void {
    for (const lease of this.#held) lease.beat();
  }

  #isAlive(key: Key, holder: Holder | undefined): boolean {
    const watched = this.#watched.get(key);
    const now = this.#times.now();
    if (holder === undefined || (holder.owner !== undefined && hasEnded(holder.owner))) {
      this.#watched.delete(key);
      return false;
    }
    if (watched?.pulse !== holder.pulse) {
      this.#watched.set(key, {pulse: holder.pulse, seen: now, still: 0});
      return true;
    }
    // However long this process was itself stopped between two looks: owners stopped with it get time to show life.
    watched.still += Math.min(now - watched.seen, 2 * this.#times.poll[1]);
    watched.seen = now;
    return watched.still < this.#times.patience;
  }
}

/** Lets timers be served in the middle of long work without a pause, so that leases show life. */
export const heartbeats = (): Promise<void> => setImmediate();
