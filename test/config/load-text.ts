import {mkdtempSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {Experiment, Stage} from '../../src/config/experiment.js';
import {loadExperiment} from '../../src/config/load.js';
import {StrataError, type Diagnostic} from '../../src/diagnostics/diagnostic.js';
import {CATALOGUE, validate} from './catalogue.js';

/** Where `load` writes the experiment; overrides are given in `CWD`. */
export const FOLDER = mkdtempSync(join(tmpdir(), 'strata-config-'));
export const CWD = '/somewhere/else';

/** Loads an experiment from its text. */
export function load(text: string, overrides: readonly string[] = []): Experiment {
  const file = join(FOLDER, 'experiment.yaml');
  writeFileSync(file, text);
  return loadExperiment({file, overrides, cwd: CWD, catalogue: CATALOGUE, validate});
}

/** What is wrong with an experiment. */
export function problems(text: string, overrides: readonly string[] = []): readonly Diagnostic[] {
  try {
    load(text, overrides);
    return [];
  } catch (error) {
    if (error instanceof StrataError) return error.diagnostics;
    throw error;
  }
}

export const codes = (text: string, overrides: readonly string[] = []): string[] =>
  problems(text, overrides).map(d => d.code);

/** An experiment with these lines before its stages, and these stages after `photos` and `hidden`. */
export const experiment = (stages: string, before = ''): string => `strata: 1
name: test
${before}
stages:
  photos: {stage: load, source: image-folder, path: photos}
  hidden: {stage: extract, from: photos, model: vit.onnx}
${stages}
`;

export const stage = (of: Experiment, label: string): Stage => {
  const found = of.stages.get(label);
  if (!found) throw new Error(`no stage ${label}`);
  return found;
};
