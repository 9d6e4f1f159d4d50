import {resolve} from 'node:path';
import type {Diagnostic} from '../diagnostics/diagnostic.js';
import type {StageResult} from '../runner/execute.js';
import {checkInputs, checkResults} from '../runner/lock.js';
import {readLock} from '../runner/lock-file.js';
import type {Opened, OpenedFile} from './open.js';

/** What of the results of a run is not as it was locked. */
export type Unlike = (opened: Opened, results: ReadonlyMap<string, StageResult>) => readonly Diagnostic[];

/**
 * Holds an experiment to its lock: checks what all variants read, and gives what checks their results. The plots that show all
 * variants of a sweep together are not locked.
 *
 * @throws E732 without a lock, E733 if an input or the stages have changed
 */
export async function holdToLock(file: string, opened: OpenedFile): Promise<Unlike> {
  const lock = readLock(resolve(file));
  const ids = new Map<string, string | null>();
  for (const variant of opened.variants) {
    const {experiment, plan} = await opened.plan(variant);
    checkInputs(lock, variant.id, plan);
    ids.set(experiment.name, variant.id);
  }
  return ({experiment}, results) => {
    const id = ids.get(experiment.name);
    return id === undefined ? [] : checkResults(lock, id, results);
  };
}
