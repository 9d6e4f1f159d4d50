import {dirname, resolve} from 'node:path';
import {StrataError, type Diagnostic} from '../diagnostics/diagnostic.js';
import type {Catalogue, Validate} from './catalogue.js';
import {compose} from './compose.js';
import {applyOverrides} from './edit.js';
import {Environment, type Variables} from './environment.js';
import type {Experiment} from './experiment.js';
import {interpolate} from './interpolate.js';
import {parseLines, parseWords} from './override.js';
import {problem} from './problem.js';
import {readText} from './read-text.js';
import {COMMAND_LINE, ENVIRONMENT, Source} from './source.js';
import {validateExperiment} from './validate.js';
import {excess, type Dict} from './value.js';

export interface LoadOptions {
  /** The experiment file, relative to `cwd`. */
  readonly file: string;
  /** Words of the command line such as `path=value`; they come after what the files of overrides say. */
  readonly overrides: readonly string[];
  /** Files of overrides, relative to `cwd`, in the order in which they apply. */
  readonly overrideFiles: readonly string[];
  /** What paths written on the command line or in the environment are relative to. */
  readonly cwd: string;
  /** The variables of the environment; an experiment sees those that it lists. */
  readonly env: Variables;
  readonly catalogue: Catalogue;
  readonly validate: Validate;
}

/**
 * Reads an experiment: YAML with positions, the files it extends, overrides, references, then validation. Throws a
 * StrataError that holds everything that is wrong with it, in the order of the file, those it extends, and what is set
 * from outside.
 */
export function loadExperiment(options: LoadOptions): Experiment {
  const {cwd, env, catalogue, validate} = options;
  const file = resolve(cwd, options.file);
  const problems: Diagnostic[] = [];
  const {root, variables, files} = compose(file, options.file, problems);
  const lists = options.overrideFiles.map(path => resolve(cwd, path));
  const overrides = [
    ...lists.flatMap((path, i) => {
      const text = readText(path, 'E705', options.overrideFiles[i]!);
      return parseLines(new Source(path, dirname(path), text, 'overrides'), problems);
    }),
    ...parseWords(options.overrides, cwd, problems),
  ];
  const changed = root && applyOverrides(root, overrides, problems);
  const tree = changed && bounded(changed, problems);
  const resolved = tree && interpolate(tree, new Environment(variables, env, cwd), problems);
  const experiment = resolved && validateExperiment(resolved, file, catalogue, validate, problems);
  if (experiment) return experiment;
  throw new StrataError(inOrder(problems, [...files, ...lists, ENVIRONMENT, COMMAND_LINE]));
}

function bounded(tree: Dict, problems: Diagnostic[]): Dict | null {
  const reason = excess(tree);
  if (reason === null) return tree;
  problems.push(problem('E007', `${reason}, with all overrides`, tree.span));
  return null;
}

/** Each diagnostic once, in the order in which these texts would be read. */
function inOrder(problems: readonly Diagnostic[], texts: readonly string[]): Diagnostic[] {
  const once = new Map<string, Diagnostic>();
  for (const d of problems) {
    const key = [d.code, d.place?.file, d.place?.line, d.place?.col, d.message].join('\n');
    if (!once.has(key)) once.set(key, d);
  }
  const rank = ({place}: Diagnostic): number => (place ? texts.indexOf(place.file) : -1);
  return [...once.values()].sort(
    (a, b) =>
      rank(a) - rank(b) ||
      (a.place?.line ?? 0) - (b.place?.line ?? 0) ||
      (a.place?.col ?? 0) - (b.place?.col ?? 0),
  );
}
