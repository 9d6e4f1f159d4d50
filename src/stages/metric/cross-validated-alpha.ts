import {Type} from '#typebox';
import {fail} from '../../diagnostics/diagnostic.js';
import {crossValidatedSpectrum} from '../../kernels/cross-validated-spectrum.js';
import {range} from '../../kernels/range.js';
import type {Vectors} from '../../kernels/vectors.js';
import {defineStage, one} from '../define.js';
import type {Layer, Matrix, Row} from '../ports.js';
import {ALPHA_COLUMNS, ALPHA_PARAMS, alphaRows, rangeMisfit, ranksNeeded} from './alpha-rows.js';
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
import {wantedVectors} from './wanted-vectors.js';

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
  check: rangeMisfit,
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
    const indices = range(0, a.rows);
    const tokens = a.tokens === 1 ? [null] : Array.from(range(0, a.tokens));
    const wanted = tokens.map(token => ({token, indices}));
    const [once, again] = [wantedVectors(a, wanted, ctx.signal), wantedVectors(b, wanted, ctx.signal)];
    const options = {count: ranksNeeded(params), threads: ctx.threads};
    for (const token of tokens) {
      ctx.progress(token ?? 0, a.tokens);
      ctx.signal.throwIfAborted();
      const [one, other] = [await once.next(), await again.next()] as IteratorYieldResult<Matrix | Vectors>[];
      const spectrum = await crossValidatedSpectrum(one!.value, other!.value, options);
      for (const row of alphaRows(spectrum, params)) rows.push({token, n: a.rows, ...row});
    }
    return {type: 'table', rows};
  },
});
