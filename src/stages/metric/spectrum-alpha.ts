import {leadingSpectrum} from '../../kernels/spectrum.js';
import {ALPHA_COLUMNS, ALPHA_PARAMS, alphaRows, rangeMisfit, ranksNeeded} from './alpha-rows.js';
import {defineMetric} from './define.js';

export default defineMetric({
  name: 'spectrum-alpha',
  version: 4,
  summary:
    'How fast the eigenvalues of the covariance decay with their rank, per layer or per token of a layer.',
  source:
    'Stringer, Pachitariu, Steinmetz, Carandini, Harris 2019: log lambda_n = b - alpha log n, weights 1/n, ranks 11 to 500; robust fit: Agrawal, Mondal, Ghosh, Richards 2022.',
  params: ALPHA_PARAMS,
  columns: ALPHA_COLUMNS,
  value: 'alpha',
  tokens: true,
  runtime: true,
  check: rangeMisfit,
  scatter: () => ({}),
  measure: async (representation, params, {threads}) => [
    ...alphaRows(
      await leadingSpectrum(await representation.scatter(), ranksNeeded(params), {threads}),
      params,
    ),
  ],
});
