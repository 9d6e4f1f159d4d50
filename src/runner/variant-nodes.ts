import type {Node} from './node.js';
import {upstream} from './node.js';
import {labelIn} from './variant-label.js';

/** The stages of a variant, each after what it depends on. */
export interface VariantNodes {
  readonly id: string;
  readonly nodes: readonly Node[];
}

/**
 * The nodes of a run of a sweep itself: plots that take what all variants have, and what these depend on in each variant, under
 * labels that tell the variants apart. All else of a node, its seed too, is as in its variant, so that its result is found again.
 */
export function nodesTogether(variants: readonly VariantNodes[], plots: readonly Node[]): Node[] {
  const wanted = new Set(plots.flatMap(upstream));
  const ofVariants = variants.flatMap(({id, nodes}) =>
    closure(nodes, wanted).map(node => inVariant(node, id)),
  );
  const known = new Set(ofVariants.map(node => node.label));
  const ofAll = (labels: readonly string[]): string[] =>
    labels.flatMap(label => variants.map(({id}) => labelIn(id, label)).filter(l => known.has(l)));
  return [...ofVariants, ...plots.map(plot => ({...plot, from: mapLabels(plot.from, ofAll)}))];
}

/** The nodes of these labels and all that they depend on, in the order given. */
function closure(nodes: readonly Node[], wanted: ReadonlySet<string>): Node[] {
  const needed = new Set(wanted);
  for (const node of [...nodes].reverse())
    if (needed.has(node.label)) for (const label of upstream(node)) needed.add(label);
  return nodes.filter(node => needed.has(node.label));
}

const inVariant = (node: Node, id: string): Node => ({
  ...node,
  label: labelIn(id, node.label),
  from: mapLabels(node.from, labels => labels.map(label => labelIn(id, label))),
});

const mapLabels = (from: Node['from'], change: (labels: readonly string[]) => string[]): Node['from'] =>
  Object.fromEntries(Object.entries(from).map(([port, labels]) => [port, change(labels)]));
