import type {Static} from '#typebox';
import {Type} from '#typebox';
import {requireFinite} from '../../kernels/finite.js';
import {moments} from '../../kernels/moments.js';
import type {TokenBlock} from '../../kernels/token-correlation.js';
import {pairMean, pooledPairMean, productSums, unitTokens} from '../../kernels/token-correlation.js';
import {TokenMeans} from '../../kernels/token-means.js';
import {openTokenProducts} from '../../kernels/token-products.js';
import type {Context} from '../define.js';
import {defineStage, one} from '../define.js';
import type {Layer, Row} from '../ports.js';
import {COUNT_COLUMNS, LAYER_COLUMNS, gatherLayers, layerOf, layerUnits} from './define.js';
import {sampleBlocks} from './sample-blocks.js';

const PARAMS = Type.Object(
  {
    similarity: Type.Enum(['pearson', 'cosine'], {
      default: 'pearson',
      description: 'correlation over the components of two tokens, or the cosine between them',
    }),
    level: Type.Enum(['sample', 'dataset'], {
      default: 'sample',
      description:
        'sample: mean over the pairs of each sample, then over samples; dataset: of each pair over all samples and components together, for pearson after removing the mean of each token over the samples',
    }),
    absolute: Type.Boolean({default: false, description: 'take the absolute value for each pair'}),
    diagonal: Type.Boolean({default: false, description: 'count the pairs of a token with itself'}),
  },
  {additionalProperties: false},
);
type Params = Static<typeof PARAMS>;

export default defineStage({
  kind: 'metric',
  name: 'token-correlation',
  version: 1,
  summary: 'Mean correlation between the tokens of a sample, layer by layer.',
  source:
    'Mean Pearson correlation over the components, over pairs i < j of tokens, then over samples: the reading of "correlation between pairs of tokens at each block" taken here.',
  params: PARAMS,
  inputs: {from: one('layers that keep their tokens: extracted with pool: tokens', 'activations')},
  output: 'table',
  columns: [
    ...LAYER_COLUMNS,
    {name: 'correlation', type: 'float', description: 'token correlation (mean over pairs of tokens)'},
    {name: 'std', type: 'float', description: 'sample: standard deviation over samples (ddof 1)'},
    {name: 'std_error', type: 'float', description: 'sample: standard error of the mean over samples'},
    {name: 'tokens', type: 'int', description: 'tokens of a sample'},
    {
      name: 'skipped_pairs',
      type: 'int',
      description: 'pairs left out because a token has no variance (or is 0), over all samples',
    },
    ...COUNT_COLUMNS,
  ],
  value: 'correlation',
  runtime: true,
  units: inputs => layerUnits(inputs['from']!, false),
  gather: (results, inputs) => gatherLayers(results, inputs['from']!),
  async run(ctx, inputs, params, [unit]) {
    const layer = layerOf(unit!, inputs.activations('from').layers);
    const {rows: n, tokens} = layer;
    if (layer.tokens === 1) return {type: 'table', rows: [{tokens, n, status: 'single token'}]};
    const found =
      params.level === 'sample' ? await bySample(layer, params, ctx) : await pooled(layer, params, ctx);
    const status = found['correlation'] === null ? 'constant' : 'ok';
    return {type: 'table', rows: [{tokens, n, status, ...found}]};
  },
});

/** Pairs of different tokens among `tokens` that are not pairs of the `valid` ones. */
const skipped = (tokens: number, valid: number): number => (tokens * (tokens - 1) - valid * (valid - 1)) / 2;

/** Mean over pairs within each sample, then over the samples that have any. */
async function bySample(layer: Layer, {similarity, absolute, diagonal}: Params, ctx: Context): Promise<Row> {
  const products = absolute ? await openTokenProducts('absolute sums', ctx.threads) : null;
  const means: number[] = [];
  let pairs = 0;
  try {
    for await (const block of blocks(layer, ctx)) {
      const {units, valid} = unitTokens(block, similarity);
      const sums = await (products?.of({...block, data: units}) ?? productSums({...block, data: units}));
      valid.forEach((count, s) => {
        const mean = pairMean(sums[s]!, count, diagonal);
        if (mean !== null) means.push(mean);
        pairs += skipped(layer.tokens, count);
      });
    }
  } finally {
    await products?.close();
  }
  const {n, mean, std} = moments(means);
  const spread = n < 2 ? null : std! * Math.sqrt(n / (n - 1));
  return {
    correlation: mean,
    std: spread,
    std_error: spread === null ? null : spread / Math.sqrt(n),
    skipped_pairs: pairs,
  };
}

/** Mean over pairs, each over all samples together. */
async function pooled(layer: Layer, {similarity, absolute, diagonal}: Params, ctx: Context): Promise<Row> {
  const {tokens} = layer;
  const means = new TokenMeans(tokens, layer.dim);
  const centre = similarity === 'pearson';
  if (centre) for await (const block of blocks(layer, ctx)) means.add(block);
  const products = await openTokenProducts('matrix', ctx.threads);
  const total = new Float64Array(tokens * tokens);
  try {
    for await (const block of blocks(layer, ctx)) {
      const data = centre ? means.centred(block) : Float64Array.from(block.data);
      (await products.of({...block, data})).forEach((value, i) => (total[i]! += value));
    }
  } finally {
    await products.close();
  }
  const {mean, valid} = pooledPairMean(total, tokens, {absolute, diagonal});
  return {correlation: mean, skipped_pairs: skipped(tokens, valid)};
}

async function* blocks(layer: Layer, ctx: Context): AsyncGenerator<TokenBlock> {
  let done = 0;
  for await (const block of sampleBlocks(layer, ctx.signal)) {
    const rows = block.samples * layer.tokens;
    requireFinite({rows, cols: layer.dim, data: block.data}, done * layer.tokens);
    yield block;
    ctx.progress((done += block.samples), layer.rows);
  }
}
