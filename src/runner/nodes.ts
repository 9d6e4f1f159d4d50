import type {Experiment} from '../config/experiment.js';
import type {Catalogue} from '../stages/catalogue.js';
import type {PathKind} from '../stages/define.js';
import type {Node} from './node.js';
import {stageSeed} from './node.js';
import {inOrder} from './plan.js';

/** The stages of an experiment as nodes to plan, each after what it depends on. */
export function nodesOf(experiment: Experiment, catalogue: Catalogue): Node[] {
  const entries = new Map(catalogue.stages.map(e => [`${e.kind}/${e.name ?? ''}`, e]));
  const nodes = [...experiment.stages.values()].map((stage): Node => ({
    label: stage.label,
    entry: entries.get(`${stage.kind}/${stage.name ?? ''}`)!,
    params: stage.params,
    from: stage.from,
    neighbors: {},
    seed: stageSeed(experiment.seed, stage.label),
    paths: stage.paths.map(({at, kind, path}) => ({
      at,
      kind: kind as PathKind,
      path,
      place: experiment.origins.value(['stages', stage.label, ...at]),
    })),
    place: experiment.origins.key(['stages', stage.label]),
  }));
  return inOrder(nodes);
}
