import type {Place} from '../diagnostics/diagnostic.js';
import type {Catalogue} from './catalogue.js';
import {effective} from './effect.js';
import type {Experiment, Stage} from './experiment.js';
import {render, type Line} from './render.js';
import {COMMAND_LINE, ENVIRONMENT} from './source.js';
import type {Pointer} from './value.js';

/**
 * An experiment as the data of a file that gives the same experiment: nothing to extend, to set or to look up, all
 * defaults written, paths of stages absolute; what has an effect in other variants of a sweep only is left out. The parameters stand as
 * they were written; no stage refers to them any more.
 */
export function resolved(experiment: Experiment, catalogue: Catalogue): Record<string, unknown> {
  const {strata, name, description, seed, params, stages} = experiment;
  const written = [...stages.values()].map(stage => [stage.label, stageData(stage, catalogue)]);
  return {strata, name, description, seed, params, stages: Object.fromEntries(written) as unknown};
}

function stageData(stage: Stage, {stages}: Catalogue): Record<string, unknown> {
  const {kind, name, from} = stage;
  const entry = stages.find(s => s.kind === kind && s.name === name)!;
  const [first] = Object.keys(entry.inputs);
  const ports = Object.entries(from).map(([port, labels]) => [
    port,
    labels.length === 1 ? labels[0]! : labels,
  ]);
  const [only] = ports;
  const one = ports.length === 1 && only?.[0] === first;
  return {
    stage: kind,
    ...(entry.nameKey !== null && {[entry.nameKey]: name}),
    ...(ports.length > 0 && {from: one ? only![1] : Object.fromEntries(ports)}),
    ...effective(stage),
  };
}

/** The same as YAML, each line with its path; a list that was written on several lines, or in several texts, is so again. */
export function resolvedLines(experiment: Experiment, catalogue: Catalogue): Line[] {
  const {origins} = experiment;
  const lineOf = (path: Pointer): string | null => {
    if (!origins.has(path)) return null;
    const {file, line} = origins.value(path);
    return `${line} ${file}`;
  };
  return render(resolved(experiment, catalogue), (list, path) => {
    const lines = list.map((_, i) => lineOf([...path, i]));
    return lines.some(line => line !== lines[0]);
  });
}

/** Where a value came from. */
export type Origin =
  | {readonly from: 'default'}
  | {readonly from: 'file'; readonly place: Place}
  /** The word of the command line. */
  | {readonly from: 'override'; readonly word: string}
  | {readonly from: 'environment'; readonly variable: string};

/** Where the value at a path of the resolved experiment came from; for a map, its key. */
export function originOf({origins}: Experiment, path: Pointer, map = false): Origin {
  if (!origins.has(path)) return {from: 'default'};
  const place = map ? origins.key(path) : origins.value(path);
  if (place.file === COMMAND_LINE) return {from: 'override', word: place.text};
  if (place.file === ENVIRONMENT) return {from: 'environment', variable: place.text.replace(/=.*/s, '')};
  return {from: 'file', place};
}
