import {availableParallelism} from 'node:os';
import type {Diagnostic} from '../diagnostics/diagnostic.js';
import {StrataError, fail} from '../diagnostics/diagnostic.js';
import type {ArtifactInfo, Context, Inputs, StageDefinition, Unit} from '../stages/define.js';
import {loadStage, stageId} from '../stages/registry.js';
import {createRng} from '../stages/rng.js';
import type {PortType, Row} from '../stages/ports.js';
import {readTable} from '../store/codecs/table.js';
import type {Key, KeyRecord, Manifest, Part} from '../store/manifest.js';
import type {Draft, Store} from '../store/store.js';
import {keyOf} from '../store/store.js';
import type {Emit, Outcome} from './events.js';
import {openInputs} from './inputs.js';
import type {Node} from './node.js';
import {stageRecord, unitRecord, upstream} from './node.js';
import type {LastRecords, Plan, PlannedStage} from './plan.js';
import {reasonToRun} from './reason.js';
import {saveLayers, saveOutput, saveTable, withDrafts} from './save.js';
import {schedule} from './schedule.js';

/** How a stage ended, with its result if it has one. */
export interface StageResult {
  readonly outcome: Outcome;
  readonly reason: string | null;
  readonly seconds: number;
  readonly key?: Key;
  readonly record?: KeyRecord;
  readonly manifest?: Manifest;
  readonly units?: {readonly ran: number; readonly cached: number};
  readonly diagnostics?: readonly Diagnostic[];
  readonly because?: string;
}

interface Run {
  readonly plan: Plan;
  readonly store: Store;
  readonly emit: Emit;
  readonly signal: AbortSignal;
  readonly last: LastRecords;
  readonly artifacts: Map<string, Manifest>;
  readonly nodes: ReadonlyMap<string, Node>;
}

/**
 * Runs what the plan left open. A stage whose upstream failed is skipped; after a failure nothing new starts; what was
 * finished stays in the store. Never throws for a stage that fails.
 */
export async function execute(
  plan: Plan,
  store: Store,
  last: LastRecords,
  emit: Emit,
  signal: AbortSignal,
): Promise<Map<string, StageResult>> {
  const results = new Map<string, StageResult>();
  const nodes = new Map([...plan.stages].map(([label, {node}]) => [label, node]));
  const run: Run = {plan, store, emit, signal, last, artifacts: new Map(), nodes};
  let failed: string | undefined;
  await schedule(
    [...plan.stages.keys()],
    label => upstream(nodes.get(label)!),
    async label => {
      const planned = plan.stages.get(label)!;
      const broken = upstream(planned.node).find(l => !run.artifacts.has(l));
      let result: StageResult;
      if (signal.aborted) result = {outcome: 'cancelled', reason: null, seconds: 0};
      else if (failed !== undefined && (broken !== undefined || planned.decision.state !== 'hit'))
        result = {outcome: 'skipped', reason: null, seconds: 0, because: failed};
      else result = await runStage(run, planned);
      results.set(label, result);
      if (result.manifest !== undefined) run.artifacts.set(label, result.manifest);
      if (result.outcome === 'failed') failed = label;
      const {outcome, seconds, reason, because, diagnostics} = result;
      emit({
        type: 'stage-finished',
        stage: label,
        outcome,
        seconds,
        reason,
        ...(because !== undefined && {because}),
        ...(diagnostics !== undefined && {diagnostics}),
      });
    },
  );
  return results;
}

async function runStage(run: Run, {node, params, decision}: PlannedStage): Promise<StageResult> {
  if (decision.state === 'hit') {
    const {key, record, manifest} = decision;
    return {outcome: 'cached', reason: null, seconds: 0, key, record, manifest};
  }
  const record = decision.state === 'run' ? decision.record : stageRecord(node, params, run.artifacts);
  const key = keyOf(record);
  const known = run.store.find(key);
  if (known !== undefined)
    return {outcome: 'cut-off', reason: null, seconds: 0, key, record, manifest: known};
  const reason = reasonToRun(record, run.last.get(node.label), node.from);
  const start = performance.now();
  try {
    const done = await makeResult(run, node, params, record, reason);
    return {outcome: 'ran', reason, seconds: seconds(start), key, record, ...done};
  } catch (error) {
    if (run.signal.aborted) return {outcome: 'cancelled', reason, seconds: seconds(start), key, record};
    return {
      outcome: 'failed',
      reason,
      seconds: seconds(start),
      key,
      record,
      diagnostics: explain(error, node),
    };
  }
}

const seconds = (since: number): number => (performance.now() - since) / 1000;

/** Expected failures know what to say. Anything else is a bug of a stage: the message for the user, the stack for the journal. */
function explain(error: unknown, {label}: Node): readonly Diagnostic[] {
  if (error instanceof StrataError) return error.diagnostics;
  const {message, stack} = error instanceof Error ? error : new Error(String(error));
  return [{code: 'E503', message: `stage "${label}" broke: ${message}`, stack: stack ?? message}];
}

/** Runs the units that are missing and puts the result of the stage together. */
async function makeResult(
  run: Run,
  node: Node,
  params: Parameters<typeof stageRecord>[1],
  record: KeyRecord,
  reason: string,
): Promise<Pick<StageResult, 'manifest' | 'units'>> {
  const {store, emit} = run;
  const stage = await loadStage(stageId(node.entry.kind, node.entry.name));
  const infos: Record<string, ArtifactInfo> = {};
  for (const [port, [label]] of Object.entries(node.from)) infos[port] = run.artifacts.get(label!)!;
  const inputs = await openInputs(node, run.artifacts, run.nodes, store);
  const context = (unit: string | null): Context => ({
    signal: run.signal,
    rng: createRng(node.seed),
    threads: availableParallelism(),
    log: message => emit({type: 'log', stage: node.label, message}),
    progress: (done, total) => emit({type: 'progress', stage: node.label, unit, done, total}),
  });
  const carried = carriedParts(node, run.artifacts);
  const start = performance.now();

  if (stage.units === undefined) {
    emit({type: 'stage-started', stage: node.label, reason, units: 1, cachedUnits: 0});
    const manifest = await withDrafts(store, 1, async ([draft]) => {
      const output = await stage.run(context(null), inputs, node.params, []);
      await saveOutput(draft!, output, node.entry.columns);
      return publish(run, node, draft!, carried, record, seconds(start));
    });
    return {manifest, units: {ran: 1, cached: 0}};
  }

  const units = await stage.units(infos, node.params);
  const finished = new Map<string, Manifest>();
  const missing: {unit: Unit; record: KeyRecord}[] = [];
  for (const unit of units) {
    const unitKey = unitRecord(node, params, unit, infos);
    const known = store.find(keyOf(unitKey));
    if (known === undefined) missing.push({unit, record: unitKey});
    else finished.set(unit.id, known);
  }
  emit({type: 'stage-started', stage: node.label, reason, units: units.length, cachedUnits: finished.size});
  if (stage.together === true) {
    if (missing.length > 0)
      for (const [id, manifest] of await runTogether(run, node, stage, inputs, missing, context(null)))
        finished.set(id, manifest);
  } else {
    for (const {unit, record: unitKey} of missing) {
      run.signal.throwIfAborted();
      const began = performance.now();
      const manifest = await withDrafts(store, 1, async ([draft]) => {
        const output = await stage.run(context(unit.id), inputs, node.params, [unit]);
        await saveOutput(draft!, output, node.entry.columns);
        return publish(run, node, draft!, [], unitKey, seconds(began));
      });
      finished.set(unit.id, manifest);
      emit({type: 'unit-finished', stage: node.label, unit: unit.id, seconds: seconds(began)});
    }
  }
  const manifest = await withDrafts(store, 1, async ([draft]) => {
    await assemble(run, node, stage, units, finished, infos, draft!);
    return publish(run, node, draft!, carried, record, seconds(start));
  });
  return {manifest, units: {ran: missing.length, cached: units.length - missing.length}};
}

/** One call of `run` for all missing units, each with a draft of its own: layers grow side by side, tables come one by one. */
async function runTogether(
  run: Run,
  node: Node,
  stage: StageDefinition,
  inputs: Inputs,
  missing: readonly {unit: Unit; record: KeyRecord}[],
  context: Context,
): Promise<[string, Manifest][]> {
  const finish = (at: number, draft: Draft, took: number): [string, Manifest] => {
    const {unit, record} = missing[at]!;
    const manifest = publish(run, node, draft, [], record, took);
    run.emit({type: 'unit-finished', stage: node.label, unit: unit.id, seconds: took});
    return [unit.id, manifest];
  };
  let start = performance.now();
  const units = missing.map(m => m.unit);
  const output = await stage.run(context, inputs, node.params, units);
  if (output.type === 'tables') {
    const finished: [string, Manifest][] = [];
    for await (const rows of output.tables) {
      const took = seconds(start);
      const done = await withDrafts(run.store, 1, async ([draft]) => {
        await saveOutput(draft!, {type: 'table', rows}, node.entry.columns);
        return finish(finished.length, draft!, took);
      });
      finished.push(done);
      run.signal.throwIfAborted();
      start = performance.now();
    }
    return finished;
  }
  if (output.type !== 'activations')
    throw new Error(`${node.label}: only tables and activations can be made together`);
  return withDrafts(run.store, missing.length, async drafts => {
    await saveLayers(drafts, output.layers, output.batches);
    const each = seconds(start) / units.length;
    return drafts.map((draft, i) => finish(i, draft, each));
  });
}

/** Puts the results of the units into the draft of the stage. */
async function assemble(
  run: Run,
  node: Node,
  stage: StageDefinition,
  units: readonly Unit[],
  finished: ReadonlyMap<string, Manifest>,
  infos: Readonly<Record<string, ArtifactInfo>>,
  draft: Draft,
): Promise<void> {
  const partsOf = (unit: Unit): readonly Part[] => finished.get(unit.id)!.parts;
  if (stage.output === 'table') {
    const results = [];
    for (const unit of units) {
      const table = partsOf(unit)[0]!;
      const rows = await readTable(run.store.blob(table.blob), (table.meta as {columns: never[]}).columns);
      results.push({unit, rows});
    }
    const rows: Row[] = stage.gather?.(results, infos, node.params) ?? results.flatMap(r => r.rows);
    await saveTable(draft, node.entry.columns, rows);
  } else if (stage.output === 'neighbors') {
    for (const unit of units) draft.carry({...partsOf(unit)[0]!, name: `neighbors/${unit.id}`});
  } else {
    units.forEach((unit, index) => {
      const part = partsOf(unit)[0]!;
      draft.carry({...part, name: `layer/${unit.id}`, meta: {...part.meta, name: unit.id, index}});
    });
  }
}

/** Commits, unless a file that the stage read has changed since it was hashed for the key. */
function publish(
  run: Run,
  node: Node,
  draft: Draft,
  carried: readonly Part[],
  record: KeyRecord,
  took: number,
): Manifest {
  for (const {kind, path} of node.paths) {
    const changed = run.plan.files.changed(kind, path);
    if (changed !== undefined)
      fail('E502', `${changed} changed while "${node.label}" was reading it; its result was thrown away`, {
        hint: 'run again when the file no longer changes',
      });
  }
  for (const part of carried) draft.carry(part);
  return draft.commit(record, node.entry.output, took);
}

/** The names of parts that an artifact of a type holds. */
const HOLDS: Readonly<Record<PortType, RegExp>> = {
  images: /^samples$/,
  pixels: /^(samples|recipe)$/,
  activations: /^(samples|layer\/.*)$/,
  subsets: /^(samples|subsets|layer\/.*)$/,
  table: /^table$/,
  figure: /^(spec|svg|png)$/,
};

/** What an artifact passes on from its input besides its own parts: the sample table, and for subsets the layers. */
function carriedParts({entry, from}: Node, artifacts: ReadonlyMap<string, Manifest>): Part[] {
  const label = from['from']?.[0];
  if (
    label === undefined ||
    entry.output === 'neighbors' ||
    entry.output === 'table' ||
    entry.output === 'figure'
  )
    return [];
  const own = {images: /^samples$/, pixels: /^recipe$/, activations: /^layer\//, subsets: /^subsets$/}[
    entry.output
  ];
  const holds = HOLDS[entry.output];
  return artifacts.get(label)!.parts.filter(p => holds.test(p.name) && !own.test(p.name));
}
