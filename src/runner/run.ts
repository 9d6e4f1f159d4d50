import {arch, cpus, hostname, platform, totalmem} from 'node:os';
import {relative} from 'node:path';
import type {Experiment} from '../config/experiment.js';
import {runtimeVersion} from '../onnx/session.js';
import type {Store} from '../store/store.js';
import type {Emit} from './events.js';
import type {StageResult} from './execute.js';
import {execute} from './execute.js';
import type {LastRecords, Plan} from './plan.js';
import type {RunRecord, StageRecord} from './run-folder.js';
import {RunFolder, latestRun, readRun} from './run-folder.js';

export interface RunOptions {
  readonly experiment: Experiment;
  readonly overrides: readonly string[];
  readonly plan: Plan;
  readonly store: Store;
  readonly outputs: string;
  readonly last: LastRecords;
  /** Of Strata. */
  readonly version: string;
  readonly emit: Emit;
  readonly signal: AbortSignal;
}

export interface RunResult {
  readonly results: ReadonlyMap<string, StageResult>;
  readonly folder: string;
  readonly ok: boolean;
}

/**
 * Runs a plan and leaves its record in a folder of its own. If nothing is left to run and the latest run of the
 * experiment had the very same results, that run stands and no new folder is made.
 */
export async function runPlan(options: RunOptions): Promise<RunResult> {
  const {experiment, plan, store, outputs, last, signal} = options;
  const started = new Date();
  const toRun = [...plan.stages.values()].filter(s => s.decision.state !== 'hit').length;
  const same = toRun === 0 ? sameRun(outputs, experiment.name, plan) : undefined;
  const folder = same === undefined ? RunFolder.create(outputs, experiment.name, started) : undefined;
  const path = same ?? folder!.path;
  const run = folder?.run ?? relative(`${outputs}/${experiment.name}`, path);
  const emit: Emit = event => {
    if (event.type !== 'progress') folder?.log(event);
    options.emit(event);
  };
  emit({type: 'run-started', name: experiment.name, run, stages: plan.stages.size, toRun});
  const results = await execute(plan, store, last, emit, signal);
  const ok = [...results.values()].every(r => r.manifest !== undefined);
  const seconds = (Date.now() - started.getTime()) / 1000;
  if (folder !== undefined) {
    exportResults(folder, store, results);
    folder.finish(recordOf(options, results, {run, ok, started, seconds}));
  }
  emit({type: 'run-finished', run, folder: path, seconds, ok});
  return {results, folder: path, ok};
}

/** The folder of the latest run if it was complete and its results are those of the plan. */
function sameRun(outputs: string, name: string, plan: Plan): string | undefined {
  const folder = latestRun(outputs, name);
  if (folder === undefined) return undefined;
  const {stages, ok} = readRun(folder);
  const labels = Object.keys(stages).filter(l => !l.includes('~'));
  const equal =
    ok &&
    labels.length === plan.stages.size &&
    labels.every(label => {
      const decision = plan.stages.get(label)?.decision;
      return decision?.state === 'hit' && decision.key === stages[label]!.key;
    });
  return equal ? folder : undefined;
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
  {experiment, overrides, plan, store, version}: RunOptions,
  results: ReadonlyMap<string, StageResult>,
  run: {run: string; ok: boolean; started: Date; seconds: number},
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
  const {file, name, description, seed, params} = experiment;
  const resolved = [...experiment.stages.values()].map(s => [
    s.label,
    {kind: s.kind, name: s.name, from: s.from, params: s.params},
  ]);
  const cpu = cpus()[0]?.model.trim() ?? 'unknown';
  return {
    format: 1,
    run: run.run,
    ok: run.ok,
    experiment: {file, name, description, seed, params, stages: Object.fromEntries(resolved) as object},
    overrides,
    stages: Object.fromEntries(stages),
    versions: {strata: version, node: process.versions.node, onnxruntime: runtimeVersion()},
    host: {
      name: hostname(),
      platform: platform(),
      arch: arch(),
      cpu,
      cores: cpus().length,
      memory: totalmem(),
    },
    store: store.root,
    started: run.started.toISOString(),
    seconds: run.seconds,
  };
}
