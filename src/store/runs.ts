import {existsSync} from 'node:fs';
import {hostname} from 'node:os';
import {type Holder, LeaseFolders} from './lease-folder.js';
import {hasEnded, isHere} from './owner.js';
import {type FoundUsage, leaseOf} from './usage.js';

/**
 * How a run stands: it goes on; it is pinned; its folder is there; its folder is gone; or its folder is not here, but
 * only another machine could tell whether it is there.
 */
export type RunState = 'live' | 'pinned' | 'there' | 'gone' | 'elsewhere';

export interface KnownRun extends FoundUsage {
  readonly state: RunState;
}

/** An owner elsewhere that showed no life for as long as this (ms) is dead, whatever the clocks say. */
export const LIFELESS = 24 * 3600_000;

/** The runs that use a store, as they stand. */
export function knownRuns(root: string, usages: readonly FoundUsage[], now: number): KnownRun[] {
  const leases = new LeaseFolders(root);
  return usages.map(found => ({...found, state: stateOf(found, leases, now)}));
}

function stateOf({id, usage}: FoundUsage, leases: LeaseFolders, now: number): RunState {
  if (usage.running !== null && mayLive(leases.holder(leaseOf(id)), now)) return 'live';
  if (usage.pinned) return 'pinned';
  if (existsSync(usage.folder)) return 'there';
  return usage.host === hostname() ? 'gone' : 'elsewhere';
}

/** Whether the owner of a lease may be alive, as far as one look tells. */
export function mayLive(holder: Holder | undefined, now: number): boolean {
  if (holder === undefined) return false;
  if (holder.owner !== undefined && isHere(holder.owner)) return !hasEnded(holder.owner);
  return now - holder.touched < LIFELESS;
}
