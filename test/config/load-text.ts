import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import type {Experiment, Stage} from '../../src/config/experiment.js';
import {loadExperiment, loadVariants, type LoadOptions, type Variant} from '../../src/config/load.js';
import {StrataError, type Diagnostic} from '../../src/diagnostics/diagnostic.js';
import {CATALOGUE, validate} from './catalogue.js';

/** Where `load` writes the experiment; overrides are given in `CWD`. */
export const FOLDER = mkdtempSync(join(tmpdir(), 'strata-config-'));
export const CWD = '/somewhere/else';

export interface Around {
  /** Other files by their path from the experiment. */
  readonly files?: Readonly<Record<string, string>>;
  readonly overrideFiles?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Loads an experiment from its text. */
export const load = (text: string, overrides: readonly string[] = [], around: Around = {}): Experiment =>
  loadExperiment(written(text, overrides, around));

/** Loads all variants of a sweep from its text. */
export const loadAll = (text: string, overrides: readonly string[] = [], check = validate): Variant[] =>
  loadVariants({...written(text, overrides, {}), validate: check});

function written(text: string, overrides: readonly string[], around: Around): LoadOptions {
  const {files = {}, overrideFiles = [], env = {}} = around;
  const file = join(FOLDER, 'experiment.yaml');
  for (const [name, content] of Object.entries({...files, 'experiment.yaml': text}))
    write(join(FOLDER, name), content);
  const lists = overrideFiles.map(name => join(FOLDER, name));
  return {file, overrides, overrideFiles: lists, cwd: CWD, env, catalogue: CATALOGUE, validate};
}

/** The texts of the files that have been written. */
const texts = new Map<string, string>();

/** A file that lies there is removed first: ext4 puts one that is cut short and written again on the disk at once, in milliseconds. */
function write(path: string, text: string): void {
  if (texts.get(path) === text) return;
  mkdirSync(dirname(path), {recursive: true});
  rmSync(path, {force: true});
  writeFileSync(path, text);
  texts.set(path, text);
}

/** What is wrong with an experiment. */
export function problems(
  text: string,
  overrides: readonly string[] = [],
  around: Around = {},
): readonly Diagnostic[] {
  try {
    load(text, overrides, around);
    return [];
  } catch (error) {
    if (error instanceof StrataError) return error.diagnostics;
    throw error;
  }
}

export const codes = (text: string, overrides: readonly string[] = [], around: Around = {}): string[] =>
  problems(text, overrides, around).map(d => d.code);

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
