import type {Diagnostic} from '../diagnostics/diagnostic.js';
import type {Experiment, Stage} from './experiment.js';
import {problem, valueProblem} from './problem.js';
import {child, type Dict, type Entry} from './value.js';

/**
 * A plot with `series: variant` draws a line for each variant of a sweep. It shows all variants together, and so it is a stage of
 * the sweep and of none of them.
 */
const isTogether = ({kind, params}: Stage): boolean => kind === 'plot' && params['series'] === 'variant';

/** An experiment without its plots of all variants, and these. */
export function takeTogether(experiment: Experiment): {experiment: Experiment; together: readonly Stage[]} {
  const stages = [...experiment.stages.values()];
  const together = stages.filter(isTogether);
  if (together.length === 0) return {experiment, together};
  const own = stages.filter(stage => !isTogether(stage)).map(stage => [stage.label, stage] as const);
  return {experiment: {...experiment, stages: new Map(own)}, together};
}

/** An experiment of a variant as it was written, with the plots of all variants. */
export const withTogether = (experiment: Experiment, together: readonly Stage[]): Experiment => ({
  ...experiment,
  stages: new Map([...experiment.stages, ...together.map(stage => [stage.label, stage] as const)]),
});

/** What is known of a variant when its plots are checked. */
export interface Checked {
  readonly id: string | null;
  readonly together: readonly Stage[];
  /** The tree that they were read from. */
  readonly root: Dict;
}

/** Checks that there are variants to show together, and that all of them want the same plots. */
export function checkTogether(variants: readonly Checked[], problems: Diagnostic[]): void {
  const [first, ...others] = variants;
  if (!first) return;
  if (first.id === null) {
    const hint = 'add "sweep:", give a parameter several values (params.n=60,120), or draw another series';
    for (const {label} of first.together) {
      const series = child(stageIn(first.root, label).value, 'series')!.value;
      problems.push(
        valueProblem('E132', '"variant" draws a line for each variant, and nothing is swept', series, hint),
      );
    }
  }
  for (const {id, together, root} of others) {
    for (const label of new Set([...first.together, ...together].map(stage => stage.label))) {
      if (same(labelled(together, label), labelled(first.together, label))) continue;
      const message = `"${label}" shows all variants, and is not the same in "${first.id!}" and "${id!}"`;
      const hint = 'what it draws, and how, must not depend on what is swept';
      problems.push(problem('E132', message, stageIn(root, label).key, hint));
    }
  }
}

const labelled = (stages: readonly Stage[], label: string): Stage | undefined =>
  stages.find(stage => stage.label === label);

const stageIn = (root: Dict, label: string): Entry => child(child(root, 'stages')!.value, label)!;

const same = (a: Stage | undefined, b: Stage | undefined): boolean => JSON.stringify(a) === JSON.stringify(b);
