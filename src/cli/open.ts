import type {Experiment} from '../config/experiment.js';
import {loadExperiment} from '../config/load.js';
import type {Catalogue} from '../stages/catalogue.js';
import type {Store} from '../store/store.js';
import {nodesOf} from '../runner/nodes.js';
import type {LastRecords, Plan} from '../runner/plan.js';
import {makePlan} from '../runner/plan.js';
import type {LastRecord} from '../runner/reason.js';
import {latestRun, readRun} from '../runner/run-folder.js';
import {loadCatalogue, loadValidate} from './schemas.js';
import {openStore, outputsFolder} from './workspace.js';

export interface Opened {
  readonly experiment: Experiment;
  readonly catalogue: Catalogue;
  readonly store: Store;
  readonly outputs: string;
  readonly plan: Plan;
  readonly last: LastRecords;
}

/** Reads an experiment and plans it. */
export async function openPlan(
  file: string,
  overrides: readonly string[],
  overrideFiles: readonly string[] = [],
): Promise<Opened> {
  const catalogue = loadCatalogue();
  const experiment = loadExperiment({
    file,
    overrides,
    overrideFiles,
    cwd: process.cwd(),
    env: process.env,
    catalogue: withoutInternal(catalogue),
    validate: loadValidate(),
  });
  const store = openStore();
  const outputs = outputsFolder();
  const last = lastRecords(outputs, experiment.name);
  const plan = await makePlan(nodesOf(experiment, catalogue), catalogue, store, last);
  return {experiment, catalogue, store, outputs, plan, last};
}

/** The stages that may be written into an experiment. */
export const withoutInternal = (catalogue: Catalogue): Catalogue => ({
  stages: catalogue.stages.filter(s => s.kind !== 'neighbors'),
});

function lastRecords(outputs: string, name: string): LastRecords {
  const latest = latestRun(outputs, name);
  if (latest === undefined) return new Map();
  const records = new Map<string, LastRecord>();
  for (const [label, {record, outcome}] of Object.entries(readRun(latest).stages))
    if (record !== null) records.set(label, {record, outcome});
  return records;
}
