import {Type} from '#typebox';
import {fail} from '../../diagnostics/diagnostic.js';
import {crossValidatedSpectrum} from '../../kernels/cross-validated-spectrum.js';
import {defineStage, one} from '../define.js';
import type {Layer, Row} from '../ports.js';
import {ALPHA_COLUMNS, ALPHA_PARAMS, alphaRows} from './alpha-rows.js';
import {checkSamples} from './define-pairs.js';
import {
  COUNT_COLUMNS,
  LAYER_COLUMNS,
  TOKEN_COLUMN,
  gatherLayers,
  layerOf,
  layerUnits,
  layersOf,
} from './define.js';
import type {TokenVectors} from './token-vectors.js';
import {tokenVectors} from './token-vectors.js';

export default defineStage({
  kind: 'metric',
  name: 'cross-validated-alpha',
  version: 3,
  summary:
    'How fast the variance that two measurements of the same samples share decays over principal directions.',
  source:
    'Stringer, Pachitariu, Steinmetz, Carandini, Harris 2019: cross-validated PCA on two repeats, then the fit of spectrum-alpha.',
  params: Type.Object(ALPHA_PARAMS.properties, {additionalProperties: false}),
  inputs: {
    from: one('the representations: their principal directions count', 'activations'),
    repeat: one(
      'the same layers of the same samples once more: another augmentation, noise or network of its kind',
      'activations',
    ),
  },
  output: 'table',
  columns: [...LAYER_COLUMNS, TOKEN_COLUMN, ...ALPHA_COLUMNS, ...COUNT_COLUMNS],
  value: 'alpha',
  runtime: true,
  units(inputs) {
    const known = layersOf(inputs['repeat']!).map(layer => layer.name);
    return layerUnits(inputs['from']!, false).map(unit => {
      if (!known.includes(unit.id))
        fail('E501', `port repeat has no layer "${unit.id}"; it has ${known.join(', ')}`, {
          hint: 'extract the same layers for both',
        });
      return {...unit, reads: {...unit.reads, repeat: ['repeat', `layer/${unit.id}`]}};
    });
  },
  gather: (results, inputs) => gatherLayers(results, inputs['from']!),
  async run(ctx, inputs, params, [unit]) {
    checkSamples(inputs, 'from', 'repeat');
    const [a, b] = (['from', 'repeat'] as const).map(port =>
      layerOf(unit!, inputs.activations(port).layers),
    ) as [Layer, Layer];
    if (a.dim !== b.dim || a.tokens !== b.tokens)
      fail(
        'E501',
        `layer "${a.name}" has ${a.tokens} x ${a.dim} numbers for each sample, in port repeat ${b.tokens} x ${b.dim}`,
      );
    const rows: Row[] = [];
    const repeats = tokenVectors(b, ctx.signal);
    for (const {token, matrix} of tokenVectors(a, ctx.signal)) {
      ctx.progress(token ?? 0, a.tokens);
      ctx.signal.throwIfAborted();
      const {value: repeat} = repeats.next() as IteratorYieldResult<TokenVectors>;
      const spectrum = await crossValidatedSpectrum(await matrix(), await repeat.matrix(), ctx);
      for (const row of alphaRows(spectrum, params)) rows.push({token, n: a.rows, ...row});
    }
    return {type: 'table', rows};
  },
});
