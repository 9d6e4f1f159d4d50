import {Type} from '#typebox';
import {fail} from '../../diagnostics/diagnostic.js';
import {kstar, kstarDistribution} from '../../kernels/kstar.js';
import {tableStatus} from '../../kernels/table-status.js';
import type {Row} from '../ports.js';
import type {Representation} from './define.js';
import {defineMetric} from './define.js';

/** Neighbours that settle most samples at once; the others are looked at again. They change no result. */
const FIRST = 30;

export default defineMetric({
  name: 'kstar',
  version: 2,
  summary:
    'How far each sample must look to see another class, and whether classes are fractured, overlapped or clustered.',
  source:
    'Kotyan, Ueda, Vargas 2024: k* is the rank of the nearest neighbour of another class; skewness of k* / size of the class.',
  params: Type.Object({
    threshold: Type.Number({
      default: 0.5,
      minimum: 0,
      description: 'skewness above which a class is fractured, and below whose negative it is clustered',
    }),
    rows: Type.Enum(['classes', 'samples'], {
      default: 'classes',
      description: 'a row for all samples and one for each class, or one for each sample',
    }),
  }),
  columns: [
    {name: 'sample', type: 'string', description: 'samples: identifier of the sample'},
    {
      name: 'skewness',
      type: 'float',
      description: 'k* skewness (of k* / size of the class) in the class, or pooled over all samples',
    },
    {
      name: 'pattern',
      type: 'string',
      description: 'class: "fractured", "overlapped" or "clustered"; null if undefined',
    },
    {name: 'mean', type: 'float', description: 'mean of k* / size of the class'},
    {name: 'std', type: 'float', description: 'standard deviation (ddof 0) of k* / size of the class'},
    {name: 'pooled_skewness', type: 'float', description: 'all: skewness over all samples pooled (Gamma)'},
    {
      name: 'class_mean_skewness',
      type: 'float',
      description: 'all: mean of the skewness of the classes (Gamma prime)',
    },
    {
      name: 'weighted_mean_skewness',
      type: 'float',
      description: 'all: the same weighted by the sizes of the classes',
    },
    {name: 'fractured', type: 'int', description: 'all: number of fractured classes'},
    {name: 'overlapped', type: 'int', description: 'all: number of overlapped classes'},
    {name: 'clustered', type: 'int', description: 'all: number of clustered classes'},
    {
      name: 'kstar',
      type: 'int',
      description: 'samples: k*, the rank from 1 of the nearest neighbour of another class',
    },
    {
      name: 'kstar_share',
      type: 'float',
      description: 'samples: share of its class that k* reaches (k* / size of the class)',
    },
  ],
  allCores: true,
  vectors: true,
  value: {param: 'rows', columns: {classes: 'skewness', samples: 'kstar_share'}},
  labels: true,
  byClass: true,
  neighbors: () => FIRST,
  async measure(representation, {threshold, rows}, {signal, threads}) {
    const labels = requiredLabels(representation);
    const nameOf = (label: number): string => representation.classes[label] ?? String(label);
    const [x, table] = await Promise.all([representation.vectors(), representation.neighbors(FIRST)]);
    const usable = tableStatus(table);
    if (usable !== 'ok') return [{status: usable}];
    const ranks = await kstar(x, table, labels, {signal, threads});
    const distribution = kstarDistribution(ranks, labels, threshold);
    if (distribution === null) return [{status: 'single class'}];
    const {classes} = distribution;
    if (rows === 'samples') {
      const sizes = new Map(classes.map(({label, n}) => [label, n]));
      return representation.ids().map((sample, i) => ({
        group: nameOf(labels[i]!),
        sample,
        kstar: ranks[i]!,
        kstar_share: ranks[i]! / sizes.get(labels[i]!)!,
        n: 1,
        status: 'ok',
      }));
    }
    const statusOf = (skewness: number | null): string => (skewness === null ? 'constant' : 'ok');
    const count = (wanted: string): number => classes.filter(({pattern}) => pattern === wanted).length;
    const all: Row = {
      skewness: distribution.pooled,
      mean: distribution.mean,
      std: distribution.std,
      pooled_skewness: distribution.pooled,
      class_mean_skewness: distribution.classMean,
      weighted_mean_skewness: distribution.weightedMean,
      fractured: count('fractured'),
      overlapped: count('overlapped'),
      clustered: count('clustered'),
      status: statusOf(distribution.pooled),
    };
    const each = classes.map(({label, n, mean, std, skewness, pattern}): Row => ({
      group: nameOf(label),
      skewness,
      pattern,
      mean,
      std,
      n,
      status: statusOf(skewness),
    }));
    return [all, ...each];
  },
});

function requiredLabels(representation: Representation): Int32Array {
  const labels = representation.labels();
  const missing = labels.indexOf(-1);
  if (missing >= 0)
    fail('E304', `k* needs a label for every sample; "${representation.ids()[missing]!}" has none`, {
      hint: 'load the data with labels',
    });
  return labels;
}
