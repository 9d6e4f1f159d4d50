import {Type} from '#typebox';
import {rankOverlap} from '../../kernels/rank-overlap.js';
import {tableStatus} from '../../kernels/table-status.js';
import {DISTANCE, definePairMetric} from './define-pairs.js';

export default definePairMetric({
  name: 'rank-overlap',
  version: 3,
  summary: 'How alike two layers rank the nearest neighbours of a sample; the nearest count most.',
  source:
    'Average overlap: Fagin, Kumar, Sivakumar 2003; rank-biased overlap: Webber, Moffat, Zobel 2010; LCS and edit similarity of neighbours: Huh, Cheung, Wang, Isola 2024.',
  params: Type.Object({
    k: Type.Integer({default: 30, minimum: 1, description: 'number of neighbours'}),
    ...DISTANCE,
    p: Type.Number({
      default: 0.9,
      exclusiveMinimum: 0,
      exclusiveMaximum: 1,
      description: 'rank-biased overlap: how much less every further neighbour weighs than the one before it',
    }),
  }),
  columns: [
    {
      name: 'average_overlap',
      type: 'float',
      description: 'average overlap of the neighbours (mean over depths of the share in common, in [0, 1])',
    },
    {name: 'chance', type: 'float', description: 'average overlap of unrelated layers'},
    {name: 'std_error', type: 'float', description: 'standard error of the average overlap over samples'},
    {name: 'rbo', type: 'float', description: 'rank-biased overlap, extrapolated beyond k'},
    {name: 'rbo_chance', type: 'float', description: 'the same of unrelated layers'},
    {
      name: 'rbo_normalised',
      type: 'float',
      description: 'rank-biased overlap of the first k over its maximum',
    },
    {name: 'rbo_normalised_chance', type: 'float', description: 'the same of unrelated layers'},
    {name: 'rbo_truncated', type: 'float', description: 'rank-biased overlap of the first k: a lower bound'},
    {name: 'rbo_truncated_chance', type: 'float', description: 'the same of unrelated layers'},
    {
      name: 'weighted_overlap',
      type: 'float',
      description: 'overlap with every common neighbour weighted by 1 / its lower rank',
    },
    {name: 'weighted_chance', type: 'float', description: 'the same of unrelated layers'},
    {name: 'lcs', type: 'float', description: 'mean length of the longest common subsequence'},
    {name: 'edit_similarity', type: 'float', description: '1 - mean edit distance / k'},
    {name: 'kendall', type: 'float', description: "mean Kendall's tau of the common neighbours"},
    {name: 'spearman', type: 'float', description: "mean Spearman's rho of the common neighbours"},
    {
      name: 'n_ordered',
      type: 'int',
      description: 'samples with two common neighbours at least, which the last two are means of',
    },
    {name: 'k', type: 'int', description: 'number of neighbours'},
  ],
  value: 'average_overlap',
  neighbors: ({k}) => k,
  distance: ({distance}) => distance,
  prepare: (layer, {k}) => layer.neighbors(k),
  async compare(a, b, {k, p}, {signal}) {
    const status = tableStatus(a, b);
    const width = Math.min(k, a.k);
    const found = status === 'ok' ? await rankOverlap(a, b, {k, p, signal}) : null;
    if (found === null) return {k: width, status};
    return {
      average_overlap: found.averageOverlap,
      chance: found.chance.averageOverlap,
      std_error: found.standardError,
      rbo: found.rboExtrapolated,
      rbo_chance: found.chance.rboExtrapolated,
      rbo_normalised: found.rboNormalised,
      rbo_normalised_chance: found.chance.rboNormalised,
      rbo_truncated: found.rboTruncated,
      rbo_truncated_chance: found.chance.rboTruncated,
      weighted_overlap: found.weightedOverlap,
      weighted_chance: found.chance.weightedOverlap,
      lcs: found.lcs,
      edit_similarity: found.editSimilarity,
      kendall: found.kendall,
      spearman: found.spearman,
      n_ordered: found.ordered,
      k: width,
      status,
    };
  },
});
