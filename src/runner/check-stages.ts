import type {Experiment} from '../config/experiment.js';
import type {Diagnostic} from '../diagnostics/diagnostic.js';
import {StrataError} from '../diagnostics/diagnostic.js';
import {distinct} from '../diagnostics/distinct.js';
import type {Catalogue} from '../stages/catalogue.js';
import {loadStage, stageId} from '../stages/registry.js';

/**
 * Checks what only the stages themselves know of their parameters and ports, at the place of the parameter. It loads their code, which a
 * run that finds all results has no need of.
 *
 * @param experiments the variants of one experiment
 * @throws what their checks give, if they give anything
 */
export async function checkStages(experiments: readonly Experiment[], catalogue: Catalogue): Promise<void> {
  const problems: Diagnostic[] = [];
  const known = new Set<unknown>();
  for (const {stages, origins} of experiments)
    for (const {label, kind, name, params, from} of stages.values()) {
      // Variants of a sweep have most of their stages in common.
      if (known.has(params)) continue;
      known.add(params);
      if (catalogue.stages.find(s => s.kind === kind && s.name === name)?.checks !== true) continue;
      const stage = await loadStage(stageId(kind, name));
      const misfit = stage.check?.(params, new Set(Object.keys(from))) ?? null;
      if (misfit === null) continue;
      const {param, ...what} = misfit;
      problems.push({...what, place: origins.value(['stages', label, ...param.split('.')])});
    }
  if (problems.length > 0) throw new StrataError(distinct(problems));
}
