import type {Static} from '#typebox';
import {Type} from '#typebox';
import {fail} from '../../diagnostics/diagnostic.js';
import {joinCount} from '../../kernels/join-count.js';
import {kmeans} from '../../kernels/kmeans.js';
import type {Matrix} from '../../kernels/matrix.js';
import {inertiaOf} from '../../kernels/partition.js';
import {silhouettes} from '../../kernels/silhouette.js';
import {ward} from '../../kernels/ward.js';
import {defineStage, one} from '../define.js';
import type {Row} from '../ports.js';
import type {Rng} from '../rng.js';
import {when} from '../when.js';
import type {Grid} from './token-grid.js';
import {gridOf} from './token-grid.js';
import {tokenSignatures} from './token-signatures.js';

const PARAMS = Type.Object(
  {
    method: Type.Enum(['k-means', 'ward'], {
      default: 'k-means',
      description: "k-means from k-means++, or Ward's agglomerative clustering",
    }),
    k: Type.Array(Type.Integer({minimum: 2}), {
      default: [3, 4, 5, 6],
      minItems: 1,
      uniqueItems: true,
      description: 'numbers of clusters; each gives a clustering',
    }),
    restarts: when(
      {method: ['k-means']},
      Type.Integer({default: 10, minimum: 1, description: 'runs, of which the best counts'}),
    ),
    value: Type.Union([Type.String({minLength: 1}), Type.Null()], {
      default: null,
      description: 'the column that makes the signature; null: the one that the table shows by default',
    }),
    special: Type.Union([Type.Integer({minimum: 0}), Type.Null()], {
      default: null,
      description:
        'tokens before the patches (the class token), which are left out; null: the fewest that leave a square of patches',
    }),
    grid: Type.Union([Type.Array(Type.Integer({minimum: 1}), {minItems: 2, maxItems: 2}), Type.Null()], {
      default: null,
      description: 'rows and columns of patches; null: a square',
    }),
    permutations: Type.Integer({
      default: 999,
      minimum: 1,
      description: 'random layouts for the p-value of the joins',
    }),
  },
  {additionalProperties: false},
);
type Params = Static<typeof PARAMS>;

export default defineStage({
  kind: 'metric',
  name: 'token-clusters',
  version: 1,
  summary: 'Clusters of patch tokens by how a quantity, such as the spectral decay, goes over the layers.',
  source:
    'Signatures of tokens over blocks by k-means (Lloyd 1982; k-means++: Arthur and Vassilvitskii 2007) or Ward 1963; silhouette: Rousseeuw 1987; joins: Moran 1948.',
  params: PARAMS,
  inputs: {
    from: one('a table with a row for each token of each layer, as of metric spectrum-alpha', 'table'),
  },
  output: 'table',
  columns: [
    {name: 'k', type: 'int', description: 'number of clusters asked for'},
    {
      name: 'token',
      type: 'int',
      description: 'position of the token, from 0; null in the row of a clustering',
    },
    {name: 'x', type: 'int', description: 'column of the patch, from 0'},
    {name: 'y', type: 'int', description: 'row of the patch, from 0'},
    {
      name: 'cluster',
      type: 'int',
      description: 'cluster of the token, from 0 in the order of tokens; null in the row of a clustering',
    },
    {name: 'silhouette', type: 'float', description: 'silhouette of the token; of a clustering their mean'},
    {
      name: 'clusters',
      type: 'int',
      description: 'clustering: clusters found, fewer than k if signatures coincide',
    },
    {name: 'inertia', type: 'float', description: 'clustering: sum of squared distances to the centres'},
    {
      name: 'joins',
      type: 'float',
      description: 'clustering: share of neighbouring patches in the same cluster',
    },
    {name: 'joins_chance', type: 'float', description: 'clustering: the same for patches laid out at random'},
    {
      name: 'joins_p',
      type: 'float',
      description: 'clustering: share of random layouts with as many joins (one-sided p)',
    },
    {
      name: 'layers',
      type: 'int',
      description: 'layers in the signature: those where the value is defined for all patches',
    },
    {name: 'n', type: 'int', description: 'number of patches'},
    {name: 'status', type: 'string', description: '"ok", or why there is no clustering'},
  ],
  value: 'cluster',
  seeded: true,
  async run(ctx, inputs, params) {
    const [table] = await inputs.tables('from');
    const column = params.value ?? table!.value;
    if (column === null || !table!.columns.some(c => c.name === column))
      fail('E501', `table "${table!.label}" has no column "${column ?? ''}" to cluster by`, {
        hint: `value: one of ${table!.columns
          .filter(c => c.type === 'float')
          .map(c => c.name)
          .join(', ')}`,
      });
    const {tokens, signatures} = tokenSignatures(table!, column);
    const grid = gridOf(tokens, params);
    const x = signatures(grid.first);
    ctx.log(`${x.rows} patches by ${x.cols} layers`);
    return {type: 'table', rows: params.k.flatMap(k => clustering(x, k, grid, params, ctx.rng))};
  },
});

/** The row of a clustering and those of its tokens. */
function clustering(x: Matrix, k: number, grid: Grid, params: Params, rng: Rng): Row[] {
  const about = {k, layers: x.cols, n: x.rows};
  if (x.cols === 0 || x.rows < k) return [{...about, token: null, status: 'insufficient'}];
  const labels = params.method === 'ward' ? ward(x, k) : kmeans(x, k, rng, params.restarts).labels;
  const clusters = labels.reduce((most, label) => Math.max(most, label + 1), 0);
  const silhouette = silhouettes(x, labels);
  const {share, chance, p} = joinCount(labels, grid.width, rng, params.permutations);
  const status = silhouette === null ? 'constant' : 'ok';
  const whole = {
    ...about,
    token: null,
    silhouette: silhouette === null ? null : silhouette.reduce((sum, s) => sum + s, 0) / x.rows,
    clusters,
    inertia: inertiaOf(x, labels),
    joins: share,
    joins_chance: chance,
    joins_p: p,
    status,
  };
  const each = Array.from(labels, (cluster, i) => ({
    ...about,
    token: grid.first + i,
    x: i % grid.width,
    y: Math.floor(i / grid.width),
    cluster,
    silhouette: silhouette?.[i] ?? null,
    status,
  }));
  return [whole, ...each];
}
