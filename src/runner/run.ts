import {arch, cpus, hostname, platform, totalmem} from 'node:os';
import {dirname, relative} from 'node:path';
import {StrataError} from '../diagnostics/diagnostic.js';
import type {Experiment} from '../config/experiment.js';
import {runtimeVersion} from '../onnx/session.js';
import {RunUsage, touchUsage} from '../store/run-usage.js';
import type {Leases} from '../store/lease.js';
import type {Key} from '../store/manifest.js';
import type {Store} from '../store/store.js';
import {allCached} from './all-cached.js';
import type {Emit, Event} from './events.js';
import type {Execution, StageResult} from './execute.js';
import type {GitState} from './git-state.js';
import type {Plan} from './plan.js';
import {problemsOf} from './plan.js';
import type {DeclaredStage, RunRecord, StageRecord} from './run-folder.js';
import {RunFolder, latestRun, readRun} from './run-folder.js';

export interface RunOptions extends Execution {
  readonly experiment: Omit<Experiment, 'origins'>;
  readonly overrides: readonly string[];
  readonly outputs: string;
  /** Of Strata and of every package that it runs on. */
  readonly versions: Readonly<Record<string, string>>;
}

export interface RunResult {
  readonly results: ReadonlyMap<string, StageResult>;
  readonly folder: string;
  readonly ok: boolean;
}

/**
 * Runs a plan and leaves its record in a folder of its own. If nothing is left to run and the latest run of the
 * experiment had the very same results, that run stands and no new folder is made.
 *
 * @throws what is missing, before anything is run
 */
export async function runPlan(options: RunOptions): Promise<RunResult> {
  const {experiment, plan, store, outputs} = options;
  const problems = problemsOf(plan);
  if (problems.length > 0) throw new StrataError(problems);
  const started = new Date();
  const toRun = [...plan.stages.values()].filter(s => s.decision.state !== 'hit').length;
  const same = toRun === 0 ? sameRun(outputs, experiment.name, plan) : undefined;
  const folder = same === undefined ? RunFolder.create(outputs, experiment.name, started) : undefined;
  const path = same ?? folder!.path;
  const run = folder?.run ?? relative(`${outputs}/${experiment.name}`, path);
  const devices: Record<string, string> = {};
  const emit: Emit = event => {
    if (event.type !== 'progress') folder?.log(event);
    Object.assign(devices, deviceOf(plan, event));
    options.emit(event);
  };
  // Asked now, because files may change while the run goes on; heard when it ends.
  const git = toRun === 0 ? null : (await import('./git-state.js')).gitState(dirname(experiment.file));
  const decided = [...plan.stages.values()].flatMap(s => ('key' in s.decision ? [s.decision] : []));
  const by = {folder: path, experiment: experiment.name, keys: decided.map(d => d.key)};
  const found = decided.flatMap(d => (d.state === 'hit' ? [d.key] : []));
  if (folder === undefined) touchUsage(store, by);
  const usage = folder && (await RunUsage.begin(store, await newLeases(store), by, found, options.signal));
  try {
    emit({type: 'run-started', name: experiment.name, run, stages: plan.stages.size, toRun});
    const ended =
      toRun === 0 ? allCached(plan, emit) : await (await import('./execute.js')).execute({...options, emit});
    // Stages end in any order; who reads of them finds them in that of the plan.
    const results = new Map([...plan.stages.keys()].map(label => [label, ended.get(label)!]));
    const ok = [...results.values()].every(r => r.manifest !== undefined);
    const seconds = (Date.now() - started.getTime()) / 1000;
    if (folder !== undefined) {
      exportResults(folder, store, results);
      folder.finish(recordOf(options, results, {run, ok, started, seconds, devices, git: await git}));
      usage!.finish([...results.values()].flatMap(usedBy));
    }
    emit({type: 'run-finished', run, folder: path, seconds, ok});
    return {results, folder: path, ok};
  } finally {
    usage?.end();
  }
}

/** Keys of what a stage used and made: that of its result, which names its units, or else those of the units. */
const usedBy = ({key, manifest, unitKeys = []}: StageResult): readonly Key[] =>
  key === undefined ? [] : manifest === undefined ? [key, ...unitKeys] : [key];

// What only a run that does something needs is loaded by it.
const newLeases = async ({root}: Store): Promise<Leases> =>
  new (await import('../store/lease.js')).Leases(root);

/** The folder of the latest run if it was complete and its results are those of the plan. */
function sameRun(outputs: string, name: string, plan: Plan): string | undefined {
  const folder = latestRun(outputs, name);
  if (folder === undefined) return undefined;
  const {stages, ok} = readRun(folder);
  const labels = Object.keys(stages).filter(l => stages[l]!.stage !== 'neighbors');
  const equal =
    ok &&
    labels.length === plan.stages.size &&
    labels.every(label => {
      const decision = plan.stages.get(label)?.decision;
      return decision?.state === 'hit' && decision.key === stages[label]!.key;
    });
  return equal ? folder : undefined;
}

/** Where a stage that starts runs its model: the device as written or, of those that are left to choose, the one it says it took. */
function deviceOf(plan: Plan, event: Event): Record<string, string> {
  if (event.type === 'stage-started') {
    const device = plan.stages.get(event.stage)?.node.params['device'];
    return typeof device === 'string' ? {[event.stage]: device} : {};
  }
  const took = event.type === 'log' ? /^device: \S+ took (\S+)$/.exec(event.message) : null;
  return event.type === 'log' && took !== null ? {[event.stage]: took[1]!} : {};
}

/** Tables and figures under names that people can find. */
function exportResults(folder: RunFolder, store: Store, results: ReadonlyMap<string, StageResult>): void {
  const extensions: Readonly<Record<string, string>> = {spec: 'vl.json', svg: 'svg', png: 'png'};
  for (const [label, {manifest}] of results) {
    for (const part of manifest?.parts ?? []) {
      if (manifest!.type === 'table') folder.export(store.blob(part.blob), 'tables', `${label}.parquet`);
      if (manifest!.type === 'figure')
        folder.export(store.blob(part.blob), 'figures', `${label}.${extensions[part.name]!}`);
    }
  }
}

function recordOf(
  {experiment, overrides, plan, store, versions}: RunOptions,
  results: ReadonlyMap<string, StageResult>,
  run: {
    run: string;
    ok: boolean;
    started: Date;
    seconds: number;
    devices: RunRecord['devices'];
    git: GitState | null;
  },
): RunRecord {
  const stages = [...results].map(([label, r]): [string, StageRecord] => {
    const {kind, name, output} = plan.stages.get(label)!.node.entry;
    return [
      label,
      {
        stage: name === null ? kind : `${kind}/${name}`,
        outcome: r.outcome,
        reason: r.reason,
        seconds: r.seconds,
        key: r.key ?? null,
        record: r.record ?? null,
        type: output,
        parts: r.manifest?.parts ?? [],
        units: r.units ?? null,
      },
    ];
  });
  const {strata, file, name, description, seed, params} = experiment;
  const declared = [...experiment.stages.values()].map((s): [string, DeclaredStage] => [
    s.label,
    {kind: s.kind, name: s.name, from: s.from, params: s.params, seed: plan.stages.get(s.label)!.node.seed},
  ]);
  const cpu = cpus()[0]?.model.trim() ?? 'unknown';
  return {
    format: 1,
    run: run.run,
    ok: run.ok,
    experiment: {strata, file, name, description, seed, params, stages: Object.fromEntries(declared)},
    overrides,
    stages: Object.fromEntries(stages),
    versions: {...versions, node: process.versions.node, onnxruntime: runtimeVersion()},
    host: {
      name: hostname(),
      platform: platform(),
      arch: arch(),
      cpu,
      cores: cpus().length,
      memory: totalmem(),
    },
    devices: run.devices,
    git: run.git,
    store: store.root,
    started: run.started.toISOString(),
    seconds: run.seconds,
  };
}
