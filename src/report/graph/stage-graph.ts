import {basename} from 'node:path';
import type {Experiment, Stage} from '../../config/experiment.js';
import type {Catalogue, CatalogueEntry} from '../../stages/catalogue.js';
import {stageId} from '../../stages/registry.js';

export interface StageNode {
  readonly label: string;
  /** Kind and name: `metric twonn`. */
  readonly title: string;
  /** What a sweep varies, a line each: `k: 5, 10`. */
  readonly varied: readonly string[];
  readonly output: CatalogueEntry['output'];
}

/** What a stage takes from another. */
export interface StageEdge {
  readonly from: string;
  readonly to: string;
  /** The port it is taken on; null for the one that a bare `from: label` binds. */
  readonly port: string | null;
}

/** The stages of an experiment and how they are joined, both in the order in which the file declares them. */
export interface StageGraph {
  readonly nodes: readonly StageNode[];
  readonly edges: readonly StageEdge[];
}

/**
 * The graph of an experiment, or the variants of a sweep as one: a stage that several have is one node.
 *
 * @param catalogue has all their stages
 */
export function stageGraph(variants: readonly Experiment[], catalogue: Catalogue): StageGraph {
  const entries = new Map(catalogue.stages.map(e => [stageId(e.kind, e.name), e]));
  const entryOf = ({kind, name}: Stage): CatalogueEntry => entries.get(stageId(kind, name))!;
  const stages = new Map<string, Stage[]>();
  for (const stage of variants.flatMap(v => [...v.stages.values()]))
    stages.set(stage.label, [...(stages.get(stage.label) ?? []), stage]);
  const edges = new Map<string, StageEdge>();
  for (const stage of [...stages.values()].flat()) {
    const [main] = Object.keys(entryOf(stage).inputs);
    for (const [name, labels] of Object.entries(stage.from)) {
      const port = name === main ? null : name;
      for (const from of labels) edges.set(`${from} ${stage.label} ${name}`, {from, to: stage.label, port});
    }
  }
  return {
    nodes: [...stages].map(([label, alike]) => ({
      label,
      title: distinct(alike.map(({kind, name}) => (name === null ? kind : `${kind} ${name}`))).join(' or '),
      varied: variedOf(alike, variants.length),
      output: entryOf(alike[0]!).output,
    })),
    edges: [...edges.values()],
  };
}

/** More values than this are counted rather than listed. */
const LISTED = 4;

function variedOf(alike: readonly Stage[], variants: number): string[] {
  const values = new Map<string, string[]>();
  for (const stage of alike)
    for (const [path, text] of leaves(stage.params, stage))
      values.set(path, [...(values.get(path) ?? []), text]);
  const lines = [...values].flatMap(([path, texts]) => {
    const found = distinct(texts);
    if (found.length < 2) return [];
    return [`${path}: ${found.length > LISTED ? `${found.length} values` : found.join(', ')}`];
  });
  return alike.length < variants ? [...lines, `in ${alike.length} of ${variants} variants`] : lines;
}

/** The values of a stage by dotted path, as text; of a path only the last part. */
function leaves(params: Readonly<Record<string, unknown>>, stage: Stage, prefix = ''): [string, string][] {
  return Object.entries(params).flatMap(([key, value]): [string, string][] => {
    const path = `${prefix}${key}`;
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return leaves(value as Readonly<Record<string, unknown>>, stage, `${path}.`);
    if (typeof value === 'string')
      return [[path, stage.paths.some(p => p.path === value) ? basename(value) : value]];
    return [[path, JSON.stringify(value)]];
  });
}

const distinct = (list: readonly string[]): string[] => [...new Set(list)];
