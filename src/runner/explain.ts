import type {Key, KeyRecord} from '../store/manifest.js';
import type {Store} from '../store/store.js';
import type {Difference} from './difference.js';
import {differences} from './difference.js';
import type {Maker} from './earlier.js';
import {like, makerOf, nearestResult} from './earlier.js';
import {ownRecord, upstream} from './node.js';
import type {LastRecords, Plan, PlannedStage} from './plan.js';

/** When a result was made, and by what run. */
export interface Made {
  /** ISO 8601, UTC; null if the result is no longer in the store. */
  readonly at: string | null;
  /** Null if no run left a record of making it. */
  readonly by: Maker | null;
}

/** An earlier result of a stage, and in what it differs. */
export interface Earlier extends Made {
  readonly key: Key;
  /** Whether it is that of the last run of the experiment; else it is the nearest in the store. */
  readonly last: boolean;
  readonly differences: readonly Difference[];
}

/** Why a stage is known, runs, or is not decided yet. */
export interface Explanation {
  readonly stage: PlannedStage;
  /** For a known result. */
  readonly made: Made | null;
  /** Null if there is none, and for a stage that lacks files. */
  readonly earlier: Earlier | null;
}

/** What explanations draw on. */
export interface Past {
  readonly plan: Plan;
  readonly last: LastRecords;
  readonly store: Store;
  readonly outputs: string;
}

/**
 * Compares what a stage depends on, as far as that is known before anything runs, with the nearest earlier result: that of
 * the last run of the experiment or, if that is the same or there is none, the one in the store with the fewest differences.
 */
export async function explainStage(label: string, past: Past): Promise<Explanation> {
  const {plan, outputs} = past;
  const stage = plan.stages.get(label)!;
  const {decision} = stage;
  const made =
    decision.state === 'hit'
      ? {at: decision.manifest.made.at, by: makerOf(outputs, decision.key) ?? null}
      : null;
  const earlier =
    decision.state === 'missing' ? null : (ofLastRun(stage, past) ?? (await nearest(stage, past)));
  return {stage, made, earlier};
}

/** The stages that must run, or be made able to run, before an undecided stage is decided; in the order of the plan. */
export function undecidedBefore(label: string, {stages}: Plan): string[] {
  const before = new Set([label]);
  for (const [at, {node, decision}] of [...stages].reverse())
    if (before.has(at) && decision.state !== 'hit') for (const up of upstream(node)) before.add(up);
  return [...stages].flatMap(([at, {decision}]) =>
    at !== label && before.has(at) && decision.state !== 'hit' ? [at] : [],
  );
}

/** What is known of the record of a stage: without inputs while those are not known. */
const recordOf = ({node, params, decision}: PlannedStage): KeyRecord =>
  decision.state === 'hit' || decision.state === 'run' ? decision.record : ownRecord(node, params);

function ofLastRun(stage: PlannedStage, {last, store, outputs}: Past): Earlier | null {
  const {record = null, key = null} = last.get(stage.node.label) ?? {};
  if (record === null || key === null) return null;
  const known = recordOf(stage);
  const differing = differences(like(known, record), known);
  if (differing.length === 0 && 'inputs' in known) return null;
  const at = store.find(key)?.made.at ?? null;
  return {key, last: true, at, by: makerOf(outputs, key) ?? null, differences: differing};
}

async function nearest(
  {node, params, decision}: PlannedStage,
  {store, outputs}: Past,
): Promise<Earlier | null> {
  const own = decision.state === 'hit' || decision.state === 'run' ? decision.key : null;
  const found = await nearestResult(store, recordOf({node, params, decision}), own);
  if (found === undefined) return null;
  const {key, made} = found.manifest;
  return {key, last: false, at: made.at, by: makerOf(outputs, key) ?? null, differences: found.differences};
}
