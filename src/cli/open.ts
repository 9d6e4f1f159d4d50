import type {Experiment, Stage} from '../config/experiment.js';
import type {Variant} from '../config/load.js';
import {loadVariants} from '../config/load.js';
import {withTogether} from '../config/together.js';
import type {Catalogue} from '../stages/catalogue.js';
import type {Store, StoreOptions} from '../store/store.js';
import {checkStages} from '../runner/check-stages.js';
import {OutsideFiles} from '../runner/files.js';
import type {Node} from '../runner/node.js';
import {nodesOf} from '../runner/nodes.js';
import type {LastRecords, Plan} from '../runner/plan.js';
import {makePlan, problemsOf} from '../runner/plan.js';
import type {LastRecord} from '../runner/reason.js';
import {latestRun, readRun} from '../runner/run-folder.js';
import {nodesTogether} from '../runner/variant-nodes.js';
import {loadCatalogue, loadValidate} from './schemas.js';
import {experimentName} from './variants.js';
import {openStore, outputsFolder} from './workspace.js';

export interface Opened {
  readonly experiment: Experiment;
  readonly store: Store;
  readonly outputs: string;
  readonly plan: Plan;
  readonly last: LastRecords;
}

/** An experiment as read: its variants, or the one that it is. */
export interface OpenedFile {
  readonly variants: readonly Variant[];
  readonly outputs: string;
  /** Plans a variant, as things stand now. */
  plan(variant: Variant): Promise<Opened>;
  /** Plans the plots that show all variants together, as a run of the sweep itself. Null if there are none. */
  readonly planTogether: (() => Promise<Opened>) | null;
}

/** Reads an experiment. */
export function openFile(
  file: string,
  overrides: readonly string[],
  overrideFiles: readonly string[] = [],
  storeOptions: StoreOptions = {},
): OpenedFile {
  const catalogue = loadCatalogue();
  const variants = loadVariants({
    file,
    overrides,
    overrideFiles,
    cwd: process.cwd(),
    env: process.env,
    catalogue: withoutInternal(catalogue),
    validate: loadValidate(),
  });
  const store = openStore(storeOptions);
  const outputs = outputsFolder();
  const files = new OutsideFiles(store.stamps);
  let checked: Promise<void> | undefined;
  const planned = async (experiment: Experiment, nodes: readonly Node[]): Promise<Opened> => {
    const last = lastRecords(outputs, experiment.name);
    const plan = await makePlan(nodes, catalogue, store, last, files);
    // What has a result has passed; missing files are told first. Before anything is made all variants are checked.
    const found = [...plan.stages.values()].every(({decision}) => decision.state === 'hit');
    if (!found && problemsOf(plan).length === 0)
      await (checked ??= checkStages(
        variants.map(variant => variant.experiment),
        catalogue,
      ));
    return {experiment, store, outputs, plan, last};
  };
  return {
    variants,
    outputs,
    plan: ({experiment}) => planned(experiment, nodesOf(experiment, catalogue)),
    planTogether: variants[0]!.together.length === 0 ? null : () => planned(...together(variants, catalogue)),
  };
}

/** The sweep itself as an experiment, and its nodes. Its parameters are those of its stages: the variants differ in others. */
function together(variants: readonly Variant[], catalogue: Catalogue): [Experiment, Node[]] {
  const [first] = variants;
  const labels = first!.together.map(stage => stage.label);
  const whole = nodesOf(withTogether(first!.experiment, first!.together), catalogue);
  const nodes = nodesTogether(
    variants.map(({id, experiment}) => ({id: id!, nodes: nodesOf(experiment, catalogue)})),
    whole.filter(node => labels.includes(node.label)),
  );
  const stages = nodes.map(({label, entry: {kind, name}, params, paths, from}): [string, Stage] => [
    label,
    {label, kind, name, params, paths, from},
  ]);
  return [{...first!.experiment, name: experimentName(first!), params: {}, stages: new Map(stages)}, nodes];
}

/** The stages that may be written into an experiment. */
export const withoutInternal = (catalogue: Catalogue): Catalogue => ({
  stages: catalogue.stages.filter(s => s.kind !== 'neighbors'),
});

function lastRecords(outputs: string, name: string): LastRecords {
  const latest = latestRun(outputs, name);
  if (latest === undefined) return new Map();
  const {run, stages, experiment} = readRun(latest);
  return new Map(
    Object.entries(stages).map(([label, {record, key, outcome}]): [string, LastRecord] => [
      label,
      {run, outcome, record, key, from: experiment.stages[label]?.from ?? null},
    ]),
  );
}
