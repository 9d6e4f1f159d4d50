import type {Diagnostic} from '../diagnostics/diagnostic.js';
import {StrataError} from '../diagnostics/diagnostic.js';
import type {Catalogue} from '../stages/catalogue.js';
import {loadStage, stageId} from '../stages/registry.js';
import type {Canonical} from '../store/canonical.js';
import type {Key, KeyRecord, Manifest} from '../store/manifest.js';
import type {Store} from '../store/store.js';
import {keyOf} from '../store/store.js';
import {OutsideFiles} from './files.js';
import type {Node} from './node.js';
import {keyParams, stageRecord, upstream} from './node.js';
import type {LastRecord} from './reason.js';
import {reasonToRun} from './reason.js';

/** What will happen to a stage: its result is there; it must run; or that depends on what runs before it. */
export type Decision =
  | {readonly state: 'hit'; readonly record: KeyRecord; readonly key: Key; readonly manifest: Manifest}
  | {readonly state: 'run'; readonly record: KeyRecord; readonly key: Key; readonly reason: string}
  | {readonly state: 'unknown'; readonly until: readonly string[]};

export interface PlannedStage {
  readonly node: Node;
  /** The parameters as they stand in the key. */
  readonly params: Record<string, Canonical>;
  readonly decision: Decision;
}

/** What a run will do, in the order of doing it. Making one changes nothing on disk. */
export interface Plan {
  readonly stages: ReadonlyMap<string, PlannedStage>;
  readonly files: OutsideFiles;
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
  files = new OutsideFiles(),
): Promise<Plan> {
  const stages = new Map<string, PlannedStage>();
  const artifacts = new Map<string, Manifest>();
  const problems: Diagnostic[] = [];

  const decide = (node: Node): void => {
    let params: Record<string, Canonical>;
    try {
      params = keyParams(node, files);
    } catch (error) {
      if (!(error instanceof StrataError)) throw error;
      problems.push(...error.diagnostics);
      params = {};
    }
    const until = Object.values(node.from)
      .flat()
      .filter(label => !artifacts.has(label));
    if (until.length > 0) {
      stages.set(node.label, {node, params, decision: {state: 'unknown', until}});
      return;
    }
    const record = stageRecord(node, params, artifacts);
    const key = keyOf(record);
    const manifest = store.find(key);
    if (manifest !== undefined) artifacts.set(node.label, manifest);
    const decision: Decision =
      manifest !== undefined
        ? {state: 'hit', record, key, manifest}
        : {state: 'run', record, key, reason: reasonToRun(record, last.get(node.label), node.from)};
    stages.set(node.label, {node, params, decision});
  };

  for (const node of nodes) decide(node);
  if (problems.length > 0) throw new StrataError(problems);

  const shared = await neighborNodes(nodes, stages, catalogue);
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

/** Tables are made for one of a few k, so that a later need for a few neighbours more or less finds them again. */
const TABLE_SIZES = [4, 32, 128, 512];

/**
 * The neighbour tables that stages without a result may need: one node for each representation, at the largest k of all
 * its consumers. By the label of the consumer, then its port.
 */
async function neighborNodes(
  nodes: readonly Node[],
  stages: ReadonlyMap<string, PlannedStage>,
  catalogue: Catalogue,
): Promise<Map<string, Map<string, Node>>> {
  const byLabel = new Map(nodes.map(n => [n.label, n]));
  const wanted = new Map<string, {k: number; consumers: {label: string; port: string}[]}>();
  for (const node of nodes) {
    if (!node.entry.neighbors || stages.get(node.label)!.decision.state === 'hit') continue;
    const stage = await loadStage(stageId(node.entry.kind, node.entry.name));
    const k = stage.neighbors?.(node.params) ?? null;
    if (k === null) continue;
    for (const [port, {type}] of Object.entries(node.entry.inputs)) {
      let source = node.from[port]?.[0];
      if (source === undefined || !type.includes('activations')) continue;
      while (byLabel.get(source)!.entry.output === 'subsets') source = byLabel.get(source)!.from['from']![0]!;
      const want = wanted.get(source) ?? {k: 0, consumers: []};
      const consumers = [...want.consumers, {label: node.label, port}];
      wanted.set(source, {k: Math.max(want.k, k), consumers});
    }
  }
  const entry = catalogue.stages.find(s => s.kind === 'neighbors')!;
  const shared = new Map<string, Map<string, Node>>();
  for (const [source, {k, consumers}] of wanted) {
    const node: Node = {
      label: `${source}~neighbors`,
      entry,
      params: {k: TABLE_SIZES.find(size => size >= k) ?? k},
      from: {from: [source]},
      neighbors: {},
      seed: 0,
      paths: [],
    };
    for (const {label, port} of consumers)
      shared.set(label, (shared.get(label) ?? new Map<string, Node>()).set(port, node));
  }
  return shared;
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
