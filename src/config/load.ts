import {dirname, resolve} from 'node:path';
import {StrataError, type Diagnostic} from '../diagnostics/diagnostic.js';
import type {Catalogue, Validate} from './catalogue.js';
import {compose} from './compose.js';
import {applyOverrides} from './edit.js';
import {checkEffects, settled} from './effect.js';
import {expandSweep, factorOf, overridesOf, textsOf, type Factor, type Setting} from './sweep.js';
import {Environment, type Variables} from './environment.js';
import type {Experiment, Stage} from './experiment.js';
import {Interpolator} from './interpolate.js';
import {parseLines, parseWords} from './override.js';
import {problem} from './problem.js';
import {readText} from './read-text.js';
import {COMMAND_LINE, ENVIRONMENT, Source} from './source.js';
import {checkTogether, takeTogether, type Checked} from './together.js';
import {StageReader} from './stages.js';
import {validateExperiment} from './validate.js';
import {excess, withEntries, type Dict} from './value.js';

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

/** One experiment of a sweep. */
export interface Variant {
  /** Null where nothing is swept. */
  readonly id: string | null;
  /** What it changes, as text, by path. */
  readonly changes: Readonly<Record<string, string>>;
  /** Its name is that of the sweep and the id. */
  readonly experiment: Experiment;
  /** The plots that show all variants together: stages of the sweep, the same in every variant. */
  readonly together: readonly Stage[];
}

/** Reads an experiment that does not sweep: the first variant of one that does. */
export const loadExperiment = (options: LoadOptions): Experiment => loadVariants(options)[0]!.experiment;

/**
 * Reads an experiment: YAML with positions, the files it extends, overrides, the variants of its sweep, references, then
 * validation. Throws a StrataError that holds everything that is wrong with it, in the order of the file, those it
 * extends, and what is set from outside.
 */
export function loadVariants(options: LoadOptions): Variant[] {
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
  const single = overrides.filter(o => o.does !== 'sweep');
  const swept = overrides.flatMap(o => (o.does === 'sweep' ? [factorOf(o)] : []));
  const changed = root && applyOverrides(root, single, problems);
  const tree = changed && bounded(changed, problems);
  const {plans, base} = tree ? takeSweep(tree, swept, problems) : {plans: [], base: null};
  const interpolator = new Interpolator(new Environment(variables, env, cwd), problems);
  const reader = new StageReader(catalogue, validate, problems);
  const variants = plans.flatMap(({id, changes}): (Variant & Checked)[] => {
    const varied = base && applyOverrides(base, overridesOf(changes), problems);
    const root = varied && interpolator.replace(varied);
    const whole = root && validateExperiment(root, file, reader, problems);
    if (!whole) return [];
    const {experiment, together} = takeTogether(whole);
    const name = id === null ? experiment.name : `${experiment.name}/${id}`;
    return [{id, changes: textsOf(changes), experiment: {...experiment, name}, together, root}];
  });
  checkTogether(variants, problems);
  // Whether something has an effect in any variant is known only once all of them are.
  if (problems.length === 0) checkEffects(variants.map(stagesOf), catalogue, problems);
  if (problems.length === 0) return variants.map(variant => settledVariant(variant, catalogue));
  throw new StrataError(inOrder(problems, [...files, ...lists, ENVIRONMENT, COMMAND_LINE]));
}

/** The variants of an experiment, and the experiment without its sweep. One variant without an id if it has none. */
function takeSweep(
  tree: Dict,
  swept: readonly Factor[],
  problems: Diagnostic[],
): {plans: readonly {id: string | null; changes: readonly Setting[]}[]; base: Dict} {
  const entry = tree.entries.get('sweep');
  const base = withEntries(tree, new Map([...tree.entries].filter(([key]) => key !== 'sweep')));
  if (entry === undefined && swept.length === 0) return {plans: [{id: null, changes: []}], base};
  return {plans: expandSweep(entry?.value, swept, problems), base};
}

const stagesOf = ({experiment, together, root}: Variant & Checked): {stages: Stage[]; root: Dict} => ({
  stages: [...experiment.stages.values(), ...together],
  root,
});

function settledVariant(variant: Variant, catalogue: Catalogue): Variant {
  const {experiment, together} = variant;
  const stages = new Map([...experiment.stages].map(([label, stage]) => [label, settled(stage, catalogue)]));
  return {
    ...variant,
    experiment: {...experiment, stages},
    together: together.map(s => settled(s, catalogue)),
  };
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
