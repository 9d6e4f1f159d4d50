import {Type} from 'typebox';
import {fail} from '../../diagnostics/diagnostic.js';
import type {LabelNeighbors} from '../../kernels/overlap.js';
import {labelNeighbors, labelOverlap, neighborhoodOverlap} from '../../kernels/overlap.js';
import type {ArtifactInfo, Inputs, Unit} from '../define.js';
import {defineStage, one} from '../define.js';
import type {Row, Samples} from '../ports.js';
import {COUNT_COLUMNS, LAYER_COLUMNS, gatherLayers, layerUnits, layersOf} from './define.js';

/** Joins the names of two layers in the id of a unit; no layer name holds it. */
const AND = ' & ';

export default defineStage({
  kind: 'metric',
  name: 'neighborhood-overlap',
  version: 1,
  summary:
    'Share of the nearest neighbours that two layers have in common, or that have the label of the sample.',
  source: 'Doimo, Glielmo, Ansuini, Laio 2020, eq. 1 and section 2.',
  params: Type.Object(
    {
      with: Type.Enum(['labels', 'next', 'layers'], {
        default: 'labels',
        description: 'compare every layer with the labels, with the layer after it, or with every layer',
      }),
      k: Type.Integer({default: 30, minimum: 1, description: 'number of neighbours'}),
      classFraction: Type.Union([Type.Number({exclusiveMinimum: 0, maximum: 1}), Type.Null()], {
        default: null,
        description: 'labels: neighbours as this share of the class of each sample, in place of k',
      }),
      weighted: Type.Boolean({
        default: false,
        description: 'labels: mean of the means of the classes, so that every class counts alike',
      }),
    },
    {additionalProperties: false},
  ),
  inputs: {from: one('the representations', 'activations')},
  output: 'table',
  columns: [
    ...LAYER_COLUMNS,
    {name: 'other', type: 'string', description: 'the layer compared with, or "labels"'},
    {name: 'other_depth', type: 'float', description: 'relative depth of that layer'},
    {name: 'other_index', type: 'int', description: 'position of that layer'},
    {
      name: 'overlap',
      type: 'float',
      description: 'neighbourhood overlap (mean share of common neighbours, in [0, 1])',
    },
    {name: 'chance', type: 'float', description: 'what is expected of unrelated representations or labels'},
    {name: 'k', type: 'int', description: 'number of neighbours; null if it differs between classes'},
    ...COUNT_COLUMNS,
  ],
  value: 'overlap',
  // How many neighbours a share of a class is depends on the data: at most this many are made ahead.
  neighbors: ({k}) => k,
  units(inputs, params) {
    const from = inputs['from']!;
    return params.with === 'labels' ? layerUnits(from, true) : pairs(from, params.with);
  },
  gather(results, inputs, params) {
    const from = inputs['from']!;
    if (params.with === 'labels') return gatherLayers(results, from);
    const infos = new Map(layersOf(from).map(info => [info.name, info]));
    return results.flatMap(({unit, rows}) => {
      const [a, b] = unit.id.split(AND).map(name => infos.get(name)!);
      return rows.map(row => ({
        layer: a!.name,
        depth: a!.depth,
        index: a!.index,
        other: b!.name,
        other_depth: b!.depth,
        other_index: b!.index,
        ...row,
      }));
    });
  },
  async run(_ctx, inputs, {with: other, k, classFraction, weighted}, [unit]) {
    if (other === 'labels') {
      const {samples} = inputs.activations('from');
      const row = await withLabels(
        inputs,
        unit!.id,
        samples,
        classFraction === null ? {k} : {classFraction},
        weighted,
      );
      return {type: 'table', rows: [row]};
    }
    const [a, b] = await Promise.all(unit!.id.split(AND).map(name => inputs.neighbors(name)));
    const {mean, chance} = neighborhoodOverlap(a!, b!, k);
    const status = mean === null ? 'insufficient' : 'ok';
    return {type: 'table', rows: [{overlap: mean, chance, k: Math.min(k, a!.k), n: a!.n, status}]};
  },
});

/** Every layer with the next, or with every layer from itself on: the overlap is symmetric. */
function pairs(from: ArtifactInfo, other: 'next' | 'layers'): Unit[] {
  const names = layersOf(from).map(l => l.name);
  return names.flatMap((a, i) => {
    const partners = other === 'next' ? names.slice(i + 1, i + 2) : names.slice(i);
    return partners.map(b => ({
      id: `${a}${AND}${b}`,
      reads: {a: ['from', `layer/${a}`] as const, b: ['from', `layer/${b}`] as const},
    }));
  });
}

async function withLabels(
  inputs: Inputs,
  layer: string,
  {rows, classes}: Samples,
  choice: LabelNeighbors,
  weighted: boolean,
): Promise<Row> {
  const labels = Int32Array.from(rows, ({id, label}) => {
    if (label === null)
      fail('E304', `the overlap with labels needs a label for every sample; "${id}" has none`, {
        hint: 'load the data with labels, or compare layers: with: next',
      });
    return label;
  });
  const count = labels.reduce((most, label) => Math.max(most, label + 1), classes.length);
  const table = await inputs.neighbors(layer);
  const needed = labelNeighbors(labels, count, choice);
  if (needed > table.k)
    fail(
      'E501',
      `classFraction asks for ${needed} neighbours of the largest class; the table holds ${table.k}`,
      {
        hint: `set k: ${needed}, which is how many neighbours are found ahead`,
      },
    );
  const {mean, classWeighted, chance} = labelOverlap(table, labels, count, choice);
  return {
    other: 'labels',
    overlap: weighted ? classWeighted : mean,
    chance,
    k: 'k' in choice ? Math.min(choice.k, table.k) : null,
    n: rows.length,
    status: mean === null ? 'insufficient' : 'ok',
  };
}
