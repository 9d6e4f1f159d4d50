import type {Experiment} from '../config/experiment.js';
import type {Variant} from '../config/load.js';
import {loadVariants} from '../config/load.js';
import type {Catalogue} from '../stages/catalogue.js';
import type {Store} from '../store/store.js';
import {OutsideFiles} from '../runner/files.js';
import {nodesOf} from '../runner/nodes.js';
import type {LastRecords, Plan} from '../runner/plan.js';
import {makePlan} from '../runner/plan.js';
import type {LastRecord} from '../runner/reason.js';
import {latestRun, readRun} from '../runner/run-folder.js';
import {loadCatalogue, loadValidate} from './schemas.js';
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
}

/** Reads an experiment. */
export function openFile(
  file: string,
  overrides: readonly string[],
  overrideFiles: readonly string[] = [],
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
  const store = openStore();
  const outputs = outputsFolder();
  const files = new OutsideFiles();
  return {
    variants,
    outputs,
    async plan({experiment}) {
      const last = lastRecords(outputs, experiment.name);
      const plan = await makePlan(nodesOf(experiment, catalogue), catalogue, store, last, files);
      return {experiment, store, outputs, plan, last};
    },
  };
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
