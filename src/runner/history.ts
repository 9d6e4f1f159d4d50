import type {Manifest} from '../store/manifest.js';
import type {Store} from '../store/store.js';
import type {LastRecords, PlannedStage} from './plan.js';

/** What a stage takes, as far as its results tell. */
export interface Cost {
  /** Seconds of work that the run still has with it: none for what is known, null where nothing tells. */
  readonly seconds: number | null;
  /** Bytes of its result, with what it shares with its inputs; null where nothing tells. */
  readonly bytes: number | null;
}

/** The cost of a stage: that of its result, or else of the one that the last run of the experiment had. */
export function costOf({node, decision}: PlannedStage, last: LastRecords, store: Store): Cost {
  if (decision.state === 'hit') return {seconds: 0, bytes: bytesOf(decision.manifest)};
  const key = last.get(node.label)?.key ?? null;
  const earlier = key === null ? undefined : store.find(key);
  if (earlier === undefined) return {seconds: null, bytes: null};
  return {seconds: earlier.seconds, bytes: bytesOf(earlier)};
}

const bytesOf = ({parts}: Manifest): number => parts.reduce((sum, part) => sum + part.bytes, 0);
