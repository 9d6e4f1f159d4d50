import {readFileSync} from 'node:fs';
import {dirname, resolve} from 'node:path';
import {fail, StrataError, type Diagnostic} from '../diagnostics/diagnostic.js';
import type {Catalogue, Validate} from './catalogue.js';
import type {Experiment} from './experiment.js';
import {interpolate} from './interpolate.js';
import {applyOverrides, parseOverrides} from './override.js';
import {valueProblem} from './problem.js';
import {Source} from './source.js';
import {validateExperiment} from './validate.js';
import {shape, type Dict} from './value.js';
import {parseYaml} from './yaml.js';

export interface LoadOptions {
  /** The experiment file, relative to `cwd`. */
  readonly file: string;
  /** Words `path=value` of the command line. */
  readonly overrides: readonly string[];
  /** What paths written on the command line are relative to. */
  readonly cwd: string;
  readonly catalogue: Catalogue;
  readonly validate: Validate;
}

/**
 * Reads an experiment: YAML with positions, overrides, references, then validation. Throws a StrataError that holds
 * everything that is wrong with it, in the order of the file, the command line last.
 */
export function loadExperiment(options: LoadOptions): Experiment {
  const {cwd, overrides, catalogue, validate} = options;
  const file = resolve(cwd, options.file);
  const source = new Source(file, dirname(file), readText(file, options.file));
  const problems: Diagnostic[] = [];
  const words = parseOverrides(overrides, cwd, problems);
  const root = rootOf(source, problems);
  const tree = root && interpolate(applyOverrides(root, words, problems), problems);
  const experiment = tree && validateExperiment(tree, file, catalogue, validate, problems);
  if (experiment) return experiment;
  throw new StrataError(inOrder(problems, file));
}

function readText(file: string, written: string): string {
  try {
    return readFileSync(file, 'utf8').replace(/^\ufeff/, '');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    if (code === 'ENOENT') fail('E009', `there is no file ${written}`, {hint: `looked for ${file}`});
    fail('E009', `${written} cannot be read: ${code === 'EISDIR' ? 'it is a folder' : code}`);
  }
}

function rootOf(source: Source, problems: Diagnostic[]): Dict | null {
  const root = parseYaml(source, problems);
  if (root?.kind === 'map') return root;
  if (root && root.kind !== 'hole') {
    const hint = 'an experiment is a map: "strata: 1", "name:", "stages:"';
    problems.push(valueProblem('E101', `not an experiment but ${shape(root)}`, root, hint));
  }
  return null;
}

/** Each diagnostic once, in the order in which the file, then the command line, would be read. */
function inOrder(problems: readonly Diagnostic[], file: string): Diagnostic[] {
  const once = new Map<string, Diagnostic>();
  for (const d of problems) {
    const key = [d.code, d.place?.file, d.place?.line, d.place?.col, d.message].join('\n');
    if (!once.has(key)) once.set(key, d);
  }
  const rank = ({place}: Diagnostic): number => (place?.file === file ? 0 : 1);
  return [...once.values()].sort(
    (a, b) =>
      rank(a) - rank(b) ||
      (a.place?.line ?? 0) - (b.place?.line ?? 0) ||
      (a.place?.col ?? 0) - (b.place?.col ?? 0),
  );
}
