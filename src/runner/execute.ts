import type {Diagnostic} from '../diagnostics/diagnostic.js';
import {Leases} from '../store/lease.js';
import type {Key, KeyRecord, Manifest} from '../store/manifest.js';
import {useResult} from '../store/run-usage.js';
import type {Store} from '../store/store.js';
import {keyOf} from '../store/store.js';
import {brokenStage} from './broken-stage.js';
import type {Emit, Outcome} from './events.js';
import {Stopped} from './executor/do-pieces.js';
import type {Pool} from './executor/pool.js';
import type {Made, Run} from './make-stage.js';
import {makeStage} from './make-stage.js';
import type {Node} from './node.js';
import {stageRecord, upstream} from './node.js';
import type {LastRecords, Plan, PlannedStage} from './plan.js';
import {reasonToRun} from './reason.js';
import {schedule} from './schedule.js';

/** How a stage ended, with its result if it has one. */
export interface StageResult extends Partial<Made> {
  readonly outcome: Outcome;
  readonly reason: string | null;
  readonly seconds: number;
  readonly key?: Key;
  readonly record?: KeyRecord;
  readonly diagnostics?: readonly Diagnostic[];
  /** For `skipped`: the stage that failed, and whether it is skipped without depending on it. */
  readonly because?: string;
  readonly stopped?: true;
  /** Keys of its units, if it was begun. */
  readonly unitKeys?: readonly Key[];
}

export interface Execution {
  readonly plan: Plan;
  readonly store: Store;
  readonly last: LastRecords;
  readonly pool: Pool;
  readonly emit: Emit;
  readonly signal: AbortSignal;
  /** Whether a failure keeps only what depends on it from running. Otherwise nothing new starts after one. */
  readonly keepGoing: boolean;
}

/**
 * Runs what the plan left open, stages that do not depend on each other at the same time. A stage whose upstream failed is
 * skipped; what was finished stays in the store. Never throws for a stage that fails.
 */
export async function execute(execution: Execution): Promise<Map<string, StageResult>> {
  const {plan, store, pool, emit, signal, keepGoing} = execution;
  const results = new Map<string, StageResult>();
  const artifacts = new Map<string, Manifest>();
  const nodes = new Map([...plan.stages].map(([label, {node}]) => [label, node]));
  let failed: string | undefined;
  const run: Run = {
    store,
    files: plan.files,
    leases: new Leases(store.root),
    pool,
    emit,
    signal,
    keepGoing,
    stopped: () => failed !== undefined && !keepGoing,
    nodes,
    artifacts,
    unitKeys: new Map(),
  };
  if ([...plan.stages.values()].some(({decision}) => decision.state !== 'hit')) pool.warm();
  const skipped = (because: string): StageResult => ({outcome: 'skipped', reason: null, seconds: 0, because});
  const stopped = (): StageResult => ({...skipped(failed!), stopped: true});
  /** Why a stage is skipped whose upstream has no result: for what failed there, if anything did. */
  const skippedFor = (broken: readonly string[]): StageResult => {
    const cause = broken.find(l => results.get(l)!.stopped !== true);
    return cause === undefined ? stopped() : skipped(results.get(cause)!.because ?? cause);
  };

  await schedule(
    [...plan.stages.keys()],
    label => upstream(nodes.get(label)!),
    async label => {
      const planned = plan.stages.get(label)!;
      const broken = upstream(planned.node).filter(l => !artifacts.has(l));
      let result: StageResult;
      if (signal.aborted) result = {outcome: 'cancelled', reason: null, seconds: 0};
      else if (broken.length > 0) result = skippedFor(broken);
      else if (run.stopped() && planned.decision.state !== 'hit') result = stopped();
      else result = await runStage(run, planned, execution.last);
      if (result.outcome === 'skipped' && result.because === undefined) result = stopped();
      const unitKeys = run.unitKeys.get(label);
      results.set(label, {...result, ...(unitKeys && {unitKeys})});
      if (result.manifest !== undefined) artifacts.set(label, result.manifest);
      if (result.outcome === 'failed') failed ??= label;
      const {outcome, seconds, reason, because, diagnostics} = result;
      emit({
        type: 'stage-finished',
        stage: label,
        outcome,
        seconds,
        reason,
        ...(because !== undefined && {because}),
        ...(result.stopped && {stopped: true}),
        ...(diagnostics !== undefined && {diagnostics}),
      });
    },
    pool.jobs,
  );
  return results;
}

async function runStage(
  run: Run,
  {node, params, decision}: PlannedStage,
  last: LastRecords,
): Promise<StageResult> {
  if (decision.state === 'hit') {
    const {key, record, manifest} = decision;
    return {outcome: 'cached', reason: null, seconds: 0, key, record, manifest};
  }
  const record = decision.state === 'run' ? decision.record : stageRecord(node, params, run.artifacts);
  const key = keyOf(record);
  const reason = reasonToRun(record, last.get(node.label), node.from);
  const start = performance.now();
  const ended = (outcome: Outcome): StageResult => {
    return {outcome, reason, seconds: (performance.now() - start) / 1000, key, record};
  };
  try {
    const known = useResult(run.store, key);
    if (known !== undefined) return {...ended('cut-off'), reason: null, seconds: 0, manifest: known};
    const made = await makeStage(run, node, params, record, reason);
    // Without units, all of it may have been made by another run that was waited for.
    const elsewhere = made.units.ran === 0 && run.unitKeys.get(node.label)!.length === 0;
    return {...ended(elsewhere ? 'cached' : 'ran'), ...made};
  } catch (error) {
    if (run.signal.aborted) return ended('cancelled');
    if (error instanceof Stopped) return {...ended('skipped'), reason: null};
    return {...ended('failed'), diagnostics: brokenStage(error, node.label).map(d => placed(d, node))};
  }
}

/** What went wrong at the label of its stage, unless the store is to blame. */
const placed = (diagnostic: Diagnostic, {place}: Node): Diagnostic =>
  place === null || diagnostic.code.startsWith('E6') ? diagnostic : {place, ...diagnostic};
