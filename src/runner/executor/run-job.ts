import {fail} from '../../diagnostics/diagnostic.js';
import type {Context, StageDefinition} from '../../stages/define.js';
import {loadStage} from '../../stages/registry.js';
import type {Rng} from '../../stages/rng.js';
import {createRng} from '../../stages/rng.js';
import type {Manifest} from '../../store/manifest.js';
import type {Draft} from '../../store/store.js';
import {Store} from '../../store/store.js';
import {brokenStage} from '../broken-stage.js';
import {changedFile} from '../files.js';
import {openInputs} from '../inputs.js';
import {saveLayers, saveOutput, withDrafts} from '../save.js';
import type {Job, Report} from './job.js';

/** Between reports of progress, in milliseconds. */
const PACE = 50;

/** Does a job: runs its stage and commits each piece as soon as it is whole. Never throws for a stage that fails. */
export async function runJob(job: Job, report: (report: Report) => void, signal: AbortSignal): Promise<void> {
  try {
    await makePieces(job, report, signal);
    report({type: 'ended', diagnostics: [], cancelled: false});
  } catch (error) {
    if (signal.aborted) report({type: 'ended', diagnostics: [], cancelled: true});
    else report({type: 'ended', diagnostics: brokenStage(error, job.label), cancelled: false});
  }
}

const stores = new Map<string, Store>();

function storeAt(root: string): Store {
  const store = stores.get(root) ?? new Store(root);
  stores.set(root, store);
  return store;
}

async function makePieces(job: Job, report: (report: Report) => void, signal: AbortSignal): Promise<void> {
  const store = storeAt(job.store);
  const stage = await loadStage(job.stage);
  const inputs = await openInputs(stage, job.inputs, job.neighbors, store);
  const {pieces} = job;
  const unit = pieces.length === 1 ? (pieces[0]!.unit?.id ?? null) : null;
  const context = contextOf(job, unit, report, signal);
  let start = performance.now();
  const seconds = (): number => (performance.now() - start) / 1000;
  const finish = (at: number, draft: Draft, took: number): void => {
    const manifest = publish(job, stage, at, draft, took);
    report({type: 'finished', at, manifest, seconds: took});
  };

  const units = pieces.flatMap(p => p.unit ?? []);
  const output = await stage.run(context, inputs, job.params, units);
  if (output.type === 'tables') {
    let at = 0;
    for await (const rows of output.tables) {
      const took = seconds();
      await withDrafts(store, 1, async ([draft]) => {
        await saveOutput(draft!, {type: 'table', rows}, stage.columns ?? []);
        finish(at++, draft!, took);
      });
      signal.throwIfAborted();
      start = performance.now();
    }
  } else if (output.type === 'activations' && stage.together === true) {
    await withDrafts(store, pieces.length, async drafts => {
      await saveLayers(drafts, output.layers, output.batches);
      const each = seconds() / pieces.length;
      drafts.forEach((draft, at) => finish(at, draft, each));
    });
  } else {
    if (pieces.length > 1) throw new Error('only tables and activations can be made together');
    await withDrafts(store, 1, async ([draft]) => {
      await saveOutput(draft!, output, stage.columns ?? []);
      finish(0, draft!, seconds());
    });
  }
}

/** Random numbers that no key tells of would make results that cannot be had again. */
const refuse = (): never => {
  throw new Error('it draws random numbers and does not declare it');
};
const undeclared: Rng = {int: refuse, uniform: refuse};

function contextOf(
  {seed, threads}: Job,
  unit: string | null,
  report: (report: Report) => void,
  signal: AbortSignal,
): Context {
  let last = -Infinity;
  return {
    signal,
    rng: seed === null ? undeclared : createRng(seed),
    threads,
    log: message => report({type: 'log', message}),
    progress(done, total) {
      const now = performance.now();
      if (now - last < PACE && done < total) return;
      last = now;
      report({type: 'progress', unit, done, total, memory: process.memoryUsage.rss()});
    },
  };
}

/** Commits, unless a file that the stage read has changed since it was hashed for the key. */
function publish(job: Job, stage: StageDefinition, at: number, draft: Draft, took: number): Manifest {
  const changed = changedFile(job.files);
  if (changed !== undefined)
    fail('E502', `${changed} changed while "${job.label}" was reading it; its result was thrown away`, {
      hint: 'run again when the file no longer changes',
    });
  for (const part of job.carried) draft.carry(part);
  return draft.commit(job.pieces[at]!.record, stage.output, took);
}
