import type {Diagnostic} from '../diagnostics/diagnostic.js';
import type {CatalogueEntry} from './catalogue.js';
import {readEnvelope} from './envelope.js';
import {Origins, type Experiment, type Stage} from './experiment.js';
import {checkGraph} from './graph.js';
import type {Draft, StageReader} from './stages.js';
import type {Typed} from './typed.js';
import type {Dict} from './value.js';

/**
 * Checks a tree whose references have been replaced: first what every experiment has, then each stage by the schema of
 * its own kind and name, so that neither hides the mistakes of the other, then how the stages are joined. Null, and
 * all problems told, if there are any.
 */
export function validateExperiment(
  root: Dict,
  file: string,
  reader: StageReader,
  problems: Diagnostic[],
): Experiment | null {
  const envelope = readEnvelope(root, problems);
  const drafts = new Map<string, Draft>();
  for (const [label, entry] of envelope.stages.entries) {
    const draft = reader.read(label, entry, envelope.stages.entries.keys());
    if (draft) drafts.set(label, draft);
  }
  checkGraph(drafts, envelope.stages, problems);
  if (problems.length > 0) return null;

  const stages = new Map<string, Stage>();
  for (const [label, draft] of drafts) {
    if (draft.entry && draft.typed) stages.set(label, stageOf(draft, draft.entry, draft.typed));
  }
  return {...envelope, strata: 1, stages, file, origins: new Origins(root)};
}

function stageOf({label, edges}: Draft, {kind, name, inputs}: CatalogueEntry, {value, paths}: Typed): Stage {
  const from: Record<string, string[]> = {};
  for (const port of Object.keys(inputs)) {
    const taken = edges.filter(edge => edge.port === port).map(edge => edge.to);
    if (taken.length > 0) from[port] = taken;
  }
  return {label, kind, name, params: value as Stage['params'], paths, from};
}
