import type {Distance} from '../kernels/neighbors.js';
import type {Catalogue} from '../stages/catalogue.js';
import {loadStage, stageId} from '../stages/registry.js';
import type {Node} from './node.js';

/**
 * Tables are made for one of a few k, so that a later need for a few neighbours more or less finds them again. A neighbour takes 12
 * bytes a row: from 32 on each size is twice the one before, so that a table has less than twice the neighbours needed.
 */
const SIZES = [4, 32, 64, 128, 256, 512];

/** What wants the table of a representation. */
interface Want {
  readonly source: string;
  readonly distance: Distance;
  k: number;
  readonly consumers: {readonly label: string; readonly port: string}[];
}

/**
 * The neighbour tables that stages may read: one node for each representation and distance, at the largest k of all its consumers,
 * or larger where such a table is known. Of subsets that cannot be the whole there is none: their metrics find neighbours within them. They are made on the device that the representation comes from. By the label of the consumer, then its port.
 *
 * @param consumers - the stages that may run
 * @param nodes - all stages
 * @param known - whether the result of a table is there
 */
export async function tablesFor(
  consumers: readonly Node[],
  nodes: readonly Node[],
  catalogue: Catalogue,
  known: (table: Node) => boolean,
): Promise<Map<string, Map<string, Node>>> {
  const byLabel = new Map(nodes.map(n => [n.label, n]));
  const wanted = new Map<string, Want>();
  for (const node of consumers) {
    const need = await neighborsOf(node);
    if (need === null) continue;
    for (const [port, {type}] of Object.entries(node.entry.inputs)) {
      const label = node.from[port]?.[0];
      if (label === undefined || !type.includes('activations')) continue;
      const source = await representation(byLabel.get(label)!);
      if (source === null) continue;
      const table = tableLabel(source, need.distance);
      const want = wanted.get(table) ?? {source, distance: need.distance, k: 0, consumers: []};
      want.k = Math.max(want.k, need.k);
      want.consumers.push({label: node.label, port});
      wanted.set(table, want);
    }
  }
  const entry = catalogue.stages.find(s => s.kind === 'neighbors')!;
  const tables = new Map<string, Map<string, Node>>();
  for (const [label, {source, distance, k, consumers}] of wanted) {
    const sized = sizesFor(k).map((size): Node => ({
      label,
      entry,
      params: {k: size, distance, device: byLabel.get(source)!.params['device'] ?? 'cpu'},
      from: {from: [source]},
      neighbors: {},
      seed: 0,
      paths: [],
      // They are written nowhere; what goes wrong in one lies in what it is of.
      place: byLabel.get(source)!.place,
    }));
    const table = sized.find(known) ?? sized[0]!;
    for (const {label, port} of consumers) {
      const ports = tables.get(label) ?? new Map<string, Node>();
      tables.set(label, ports.set(port, table));
    }
  }
  return tables;
}

/** How many neighbours a stage needs and by which distance; null for none. */
async function neighborsOf({entry, params}: Node): Promise<{k: number; distance: Distance} | null> {
  if (!entry.neighbors) return null;
  const stage = await loadStage(stageId(entry.kind, entry.name));
  const k = stage.neighbors?.(params) ?? null;
  return k === null ? null : {k, distance: stage.distance?.(params) ?? 'euclidean'};
}

const tableLabel = (source: string, distance: Distance): string =>
  distance === 'euclidean' ? `${source}~neighbors` : `${source}~${distance}-neighbors`;

/** The stage whose rows a stage gives all together: for subsets that from which they are taken, null if none is all of it. */
async function representation({label, entry, params, from}: Node): Promise<string | null> {
  if (entry.output !== 'subsets') return label;
  const stage = await loadStage(stageId(entry.kind, entry.name));
  return stage.mayGiveFull?.(params) === true ? from['from']![0]! : null;
}

/** Sizes of tables with at least k neighbours, the smallest first: that to make, and those that serve as well if known. */
function sizesFor(k: number): number[] {
  const enough = SIZES.filter(size => size >= k);
  return enough.length > 0 ? enough : [k];
}
