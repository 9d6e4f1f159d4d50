import type {Diagnostic} from '../diagnostics/diagnostic.js';
import type {Catalogue} from '../stages/catalogue.js';
import type {Canonical} from '../store/canonical.js';
import type {Key, KeyRecord, Manifest} from '../store/manifest.js';
import type {Store} from '../store/store.js';
import {keyOf} from '../store/store.js';
import {OutsideFiles} from './files.js';
import type {MissingPath, Node} from './node.js';
import {keyParams, stageRecord, upstream} from './node.js';
import {tablesFor} from './neighbor-tables.js';
import type {LastRecord} from './reason.js';
import {reasonToRun} from './reason.js';

/**
 * What will happen to a stage: its result is there; it must run; that depends on what runs before it; or it cannot run,
 * because files that it reads are missing or unreadable.
 */
export type Decision =
  | {readonly state: 'hit'; readonly record: KeyRecord; readonly key: Key; readonly manifest: Manifest}
  | {readonly state: 'run'; readonly record: KeyRecord; readonly key: Key; readonly reason: string}
  | {readonly state: 'unknown'; readonly until: readonly string[]}
  | {readonly state: 'missing'; readonly missing: readonly MissingPath[]};

export interface PlannedStage {
  readonly node: Node;
  /** The parameters as they stand in the key. */
  readonly params: Record<string, Canonical>;
  readonly decision: Decision;
}

/**
 * What a run will do, in the order of doing it. It is total: what keeps a stage from being decided is its decision. Making
 * one changes nothing on disk.
 */
export interface Plan {
  readonly stages: ReadonlyMap<string, PlannedStage>;
  readonly files: OutsideFiles;
}

/** What keeps a plan from being run, each once; none if it can be. */
export function problemsOf({stages}: Plan): Diagnostic[] {
  const all = [...stages.values()].flatMap(({decision}) =>
    decision.state === 'missing' ? decision.missing.flatMap(m => m.diagnostics) : [],
  );
  return [...new Map(all.map(d => [JSON.stringify(d), d])).values()];
}

/** The stages when the experiment last ran, by label. */
export type LastRecords = ReadonlyMap<string, LastRecord>;

/**
 * Decides for every stage in turn, upstream first. Stages must come in an order in which nothing is before its inputs.
 * Shared neighbour tables become nodes of their own, before the first stage that may need them.
 */
export async function makePlan(
  nodes: readonly Node[],
  catalogue: Catalogue,
  store: Store,
  last: LastRecords,
  files = new OutsideFiles(store.stamps),
): Promise<Plan> {
  const stages = new Map<string, PlannedStage>();
  const artifacts = new Map<string, Manifest>();

  await files.prepare(nodes.flatMap(node => node.paths));
  const decide = (node: Node): void => {
    const {params, missing} = keyParams(node, files);
    const until = Object.values(node.from)
      .flat()
      .filter(label => !artifacts.has(label));
    const decision =
      missing.length > 0
        ? ({state: 'missing', missing} as const)
        : until.length > 0
          ? ({state: 'unknown', until} as const)
          : decideByKey(node, stageRecord(node, params, artifacts), store, last);
    if (decision.state === 'hit') artifacts.set(node.label, decision.manifest);
    stages.set(node.label, {node, params, decision});
  };

  for (const node of nodes) decide(node);
  const open = ({label}: Node): boolean => ['run', 'unknown'].includes(stages.get(label)!.decision.state);
  const known = (table: Node): boolean =>
    upstream(table).every(label => artifacts.has(label)) &&
    store.find(keyOf(stageRecord(table, keyParams(table, files).params, artifacts))) !== undefined;
  const shared = await tablesFor(nodes.filter(open), nodes, catalogue, known);
  if (shared.size === 0) return {stages, files};
  const ordered = new Map<string, PlannedStage>();
  for (const [label, stage] of stages) {
    const neighbors: Record<string, string> = {};
    for (const [port, table] of shared.get(label) ?? []) {
      if (!stages.has(table.label)) decide(table);
      ordered.set(table.label, stages.get(table.label)!);
      neighbors[port] = table.label;
    }
    ordered.set(label, {...stage, node: {...stage.node, neighbors}});
  }
  return {stages: ordered, files};
}

function decideByKey(node: Node, record: KeyRecord, store: Store, last: LastRecords): Decision {
  const key = keyOf(record);
  const manifest = store.find(key);
  return manifest !== undefined
    ? {state: 'hit', record, key, manifest}
    : {state: 'run', record, key, reason: reasonToRun(record, last.get(node.label), node.from)};
}

/** Labels in an order in which each comes after all that it depends on, else in the order given. */
export function inOrder(nodes: readonly Node[]): Node[] {
  const byLabel = new Map(nodes.map(n => [n.label, n]));
  const ordered = new Set<Node>();
  const visit = (node: Node): void => {
    if (ordered.has(node)) return;
    for (const label of upstream(node)) visit(byLabel.get(label)!);
    ordered.add(node);
  };
  for (const node of nodes) visit(node);
  return [...ordered];
}
