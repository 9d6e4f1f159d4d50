import {join} from 'node:path';
import type {Validate} from '../config/catalogue.js';
import type {Experiment} from '../config/experiment.js';
import {fail} from '../diagnostics/diagnostic.js';
import type {Diagnostic} from '../diagnostics/diagnostic.js';
import {suggestion} from '../diagnostics/suggest.js';
import type {Catalogue} from '../stages/catalogue.js';
import {importResult} from '../store/import.js';
import type {Key, Manifest} from '../store/manifest.js';
import {keyOf} from '../store/manifest.js';
import {Store} from '../store/store.js';
import type {StageResult} from './execute.js';
import type {Node} from './node.js';
import {keyParams, stageRecord, upstream} from './node.js';
import {makePlan} from './plan.js';
import {reasonToRun} from './reason.js';
import type {ChangedInput} from './reproduce/recorded-files.js';
import {RecordedFiles} from './reproduce/recorded-files.js';
import {recordedNodes} from './reproduce/recorded-nodes.js';
import type {PartDifference} from './reproduce/part-difference.js';
import {partDifferences, within} from './reproduce/part-difference.js';
import type {RunRecord, StageRecord} from './run-folder.js';
import type {RunOptions} from './run.js';
import {runPlan} from './run.js';

/** What came of a stage that was run again. */
export type Verdict =
  /** All digests are equal. */
  | {readonly is: 'same'}
  /** All differences are within the tolerance, or not. */
  | {readonly is: 'close' | 'different'; readonly parts: readonly PartDifference[]}
  /** Files that it reads are not what they were; it was not run. */
  | {readonly is: 'other inputs'; readonly inputs: readonly ChangedInput[]}
  | {readonly is: 'failed'; readonly diagnostics: readonly Diagnostic[]}
  /** Something that it takes could not be made again. */
  | {readonly is: 'not run'; readonly because: string}
  /** The run has no result of it to compare with. */
  | {readonly is: 'no result'}
  /** Its recorded result was taken as it is. */
  | {readonly is: 'taken'};

export interface Reproduced {
  readonly verdict: Verdict;
  /** Null if the stage was not run. */
  readonly key: Key | null;
  /** Why it has not the recorded key: another version of the stage or of the runtime, or an input that came out otherwise. */
  readonly changed: string | null;
}

export interface ReproduceOptions extends Pick<
  RunOptions,
  'versions' | 'pool' | 'keepGoing' | 'emit' | 'signal'
> {
  readonly record: RunRecord;
  /** The folder of the run. */
  readonly folder: string;
  readonly catalogue: Catalogue;
  readonly validate: Validate;
  /** Only this stage and those after it are run again; null for all. */
  readonly from: string | null;
  /** An empty folder for the results. */
  readonly scratch: string;
  /** Relative; see `within`. */
  readonly tolerance: number;
}

/**
 * Runs a run again from its record alone, in a store of its own, and compares: by label, in the order of the experiment.
 * A stage whose files are not what they were is not run, nor is anything after it.
 *
 * @throws E713 if there is no stage `from`, E735 if this version of Strata lacks a stage, E736 if a result to take is gone
 */
export async function reproduce(options: ReproduceOptions): Promise<Map<string, Reproduced>> {
  const {record, catalogue, validate, from} = options;
  const nodes = recordedNodes(record, catalogue, validate);
  const again = from === null ? new Set(nodes.map(n => n.label)) : downstream(nodes, from, record.run);
  const store = new Store(join(options.scratch, 'store'));
  const files = new RecordedFiles(store.stamps);
  await files.prepare(nodes.filter(n => again.has(n.label)).flatMap(n => n.paths));
  const verdicts = new Map<string, Verdict>();
  for (const node of nodes) {
    const verdict = again.has(node.label) ? obstacle(node, record, files, verdicts) : {is: 'taken' as const};
    if (verdict !== null) verdicts.set(node.label, verdict);
  }
  const run = nodes.filter(node => !verdicts.has(node.label));
  const needed = new Set(run.flatMap(upstream));
  const taken = closure(nodes, needed).filter(node => verdicts.get(node.label)?.is === 'taken');

  takeResults(taken, record, store, files);
  const planned = [...taken, ...run];
  const plan = await makePlan(planned, catalogue, store, new Map(), files);
  const {results} = await runPlan({
    ...options,
    experiment: experimentOf(record, planned),
    overrides: record.overrides,
    outputs: join(options.scratch, 'outputs'),
    plan,
    store,
    last: new Map(),
  });

  const found = new Map<string, Reproduced>();
  for (const label of Object.keys(record.experiment.stages)) {
    const known = verdicts.get(label);
    const node = nodes.find(n => n.label === label)!;
    const verdict = known ?? (await compare(label, results.get(label)!, store, options));
    const result = known === undefined ? results.get(label) : undefined;
    const changed = result === undefined ? null : whyAnother(node, record.stages[label]!, result);
    found.set(label, {verdict, key: result?.key ?? null, changed});
  }
  return found;
}

/** Whether every stage came out as it was, within the tolerance. */
export const isReproduced = (found: ReadonlyMap<string, Reproduced>): boolean =>
  [...found.values()].every(({verdict: {is}}) => is === 'same' || is === 'close' || is === 'taken');

/** A stage and all that depend on it. */
function downstream(nodes: readonly Node[], from: string, run: string): Set<string> {
  const labels = nodes.map(n => n.label);
  if (!labels.includes(from)) {
    const hint = suggestion(from, labels, 'stages');
    fail('E713', `run ${run} has no stage "${from}"`, hint === null ? {} : {hint});
  }
  const found = new Set([from]);
  for (const node of nodes) if (upstream(node).some(label => found.has(label))) found.add(node.label);
  return found;
}

/** Nodes of these labels and all that they depend on; nodes come in an order in which nothing is before its inputs. */
function closure(nodes: readonly Node[], labels: ReadonlySet<string>): Node[] {
  const found = new Set(labels);
  for (const node of [...nodes].reverse())
    if (found.has(node.label)) for (const label of upstream(node)) found.add(label);
  return nodes.filter(node => found.has(node.label));
}

/** Why a stage cannot be run again; null if it can. */
function obstacle(
  node: Node,
  {stages}: RunRecord,
  files: RecordedFiles,
  verdicts: ReadonlyMap<string, Verdict>,
): Verdict | null {
  const {record, parts} = stages[node.label] ?? {record: null, parts: []};
  if (record === null || parts.length === 0) return {is: 'no result'};
  const inputs = files.changes(node, record);
  if (inputs.length > 0) return {is: 'other inputs', inputs};
  const because = upstream(node).find(label => ![undefined, 'taken'].includes(verdicts.get(label)?.is));
  return because === undefined ? null : {is: 'not run', because};
}

/** Puts recorded results into a store, each under the key that this version of Strata will look for. */
function takeResults(taken: readonly Node[], record: RunRecord, store: Store, files: RecordedFiles): void {
  const source = new Store(record.store);
  const artifacts = new Map<string, Manifest>();
  for (const node of taken) {
    const {key, record: recorded} = record.stages[node.label]!;
    const manifest = key === null ? undefined : source.find(key);
    if (recorded === null || manifest === undefined)
      fail('E736', `the result of "${node.label}" of run ${record.run} is no longer in ${source.root}`, {
        hint: 'reproduce from an earlier stage, or from the start: without --from',
      });
    files.trust(node, recorded);
    const now = stageRecord(node, keyParams(node, files).params, artifacts);
    artifacts.set(node.label, importResult(store, {...manifest, record: now, key: keyOf(now)}, source));
  }
}

/** The record's experiment, as far as a run needs one. */
function experimentOf({experiment}: RunRecord, nodes: readonly Node[]): Omit<Experiment, 'origins'> {
  const stages = nodes.map(({label, entry: {kind, name}, params, paths, from}) => {
    return [label, {label, kind, name, params, paths, from}] as const;
  });
  return {...experiment, stages: new Map(stages)};
}

async function compare(
  label: string,
  {outcome, manifest, diagnostics = [], because = ''}: StageResult,
  store: Store,
  {record, folder, tolerance}: ReproduceOptions,
): Promise<Verdict> {
  if (outcome === 'failed') return {is: 'failed', diagnostics};
  if (manifest === undefined) return {is: 'not run', because};
  const {parts} = record.stages[label]!;
  const recorded = {store: new Store(record.store), folder, label, parts};
  const differences = await partDifferences(recorded, manifest.parts, store);
  if (differences.length === 0) return {is: 'same'};
  const close = differences.every(difference => within(difference, tolerance));
  return {is: close ? 'close' : 'different', parts: differences};
}

/** Why a result has not the recorded key; null if it has. */
function whyAnother({from}: Node, before: StageRecord, {key, record}: StageResult): string | null {
  if (key === undefined || record === undefined || key === before.key) return null;
  const {outcome, record: recorded, key: old} = before;
  return reasonToRun(record, {run: '', outcome, record: recorded, key: old, from}, from);
}
