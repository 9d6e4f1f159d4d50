import {fromData} from '../../config/value.js';
import {Source} from '../../config/source.js';
import {typed} from '../../config/typed.js';
import type {Validate} from '../../config/catalogue.js';
import {fail} from '../../diagnostics/diagnostic.js';
import type {Catalogue} from '../../stages/catalogue.js';
import type {PathKind} from '../../stages/define.js';
import {stageId} from '../../stages/registry.js';
import type {Node} from '../node.js';
import {inOrder} from '../plan.js';
import type {DeclaredStage, RunRecord} from '../run-folder.js';

/**
 * The stages of a run as nodes to plan again, each after what it depends on, from its record alone. A parameter that has
 * come since with a later version of Strata has its default.
 *
 * @throws E735 if this version of Strata does not have such a stage
 */
export function recordedNodes(
  {run, experiment}: RunRecord,
  catalogue: Catalogue,
  validate: Validate,
): Node[] {
  const source = new Source(experiment.file, '/', '');
  const nodeOf = (label: string, {kind, name, from, params, seed}: DeclaredStage): Node => {
    const unfit = (why: string): never =>
      fail('E735', `run ${run} has a stage that this version of Strata does not take: "${label}", ${why}`, {
        hint: 'the version that ran it is in run.json under "versions"',
      });
    const entry = catalogue.stages.find(e => e.kind === kind && e.name === name);
    if (entry === undefined) return unfit(stageId(kind, name));
    const span = {source, start: 0, end: 0};
    const {value, paths} = typed(entry.params, fromData(params, span), []);
    const [violation] = validate(entry, value);
    if (violation !== undefined) unfit(`${violation.instancePath} ${violation.message ?? ''}`);
    return {
      label,
      entry,
      params: value as Node['params'],
      from,
      neighbors: {},
      seed,
      paths: paths.map(path => ({...path, kind: path.kind as PathKind, place: source.place(0, 0)})),
      place: null,
    };
  };
  return inOrder(Object.entries(experiment.stages).map(([label, stage]) => nodeOf(label, stage)));
}
