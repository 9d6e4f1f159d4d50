import {Type} from '#typebox';
import {defineStage} from '../define.js';
import type {Misfit} from '../misfit.js';
import type {Sample} from '../ports.js';
import {normal} from '../rng.js';
import {when} from '../when.js';
import {sha256} from './digest.js';
import type {Manifold, ManifoldName} from './manifold-points.js';
import {MANIFOLDS, embeddingMap} from './manifold-points.js';
import {vectorBlocks} from './vector-blocks.js';

export default defineStage({
  kind: 'load',
  name: 'manifold',
  version: 1,
  summary: 'Points of a set whose dimension is known, as the one layer "input": to try a metric on.',
  source:
    'Sets as in the benchmarks of Hein and Audibert 2005 and Campadelli, Casiraghi, Ceruti, Rozza 2015. Cosines and logarithms are those of the machine: last bits may differ between machines.',
  params: Type.Object(
    {
      manifold: Type.Enum(Object.keys(MANIFOLDS) as [ManifoldName, ...ManifoldName[]], {
        default: 'cube',
        description: 'The set to draw points from.',
      }),
      dim: Type.Union([Type.Integer({minimum: 1}), Type.Null()], {
        default: null,
        description:
          'Dimension of a set that can have any. Default: 2; concentrated, helicoid, swiss-roll, s-curve, moebius and helix have their own.',
      }),
      n: Type.Integer({default: 1000, minimum: 1, description: 'Number of points.'}),
      columns: Type.Union([Type.Integer({minimum: 1}), Type.Null()], {
        default: null,
        description:
          'Columns that the points are mapped to, at random. Default: as many as the set needs, without a map.',
      }),
      embedding: when(
        {columns: 'given'},
        Type.Enum(['isometric', 'affine'], {
          default: 'isometric',
          description: 'The map to more columns: orthonormal, or of normal numbers.',
        }),
      ),
      noise: Type.Number({
        default: 0,
        minimum: 0,
        description: 'Standard deviation of the normal noise added to every column in the end.',
      }),
    },
    {additionalProperties: false},
  ),
  inputs: {},
  output: 'activations',
  seeded: true,
  check: dimensionMisfit,
  run(ctx, _inputs, params) {
    const {n, embedding, noise} = params;
    const manifold: Manifold = MANIFOLDS[params.manifold];
    const dim = dimOf(params);
    const natural = manifold.columns(dim);
    const dimensions = params.columns ?? natural;
    const map = params.columns === null ? null : embeddingMap(ctx.rng, natural, dimensions, embedding);
    const vectors = Array.from({length: n}, () => {
      const row = new Float64Array(dimensions);
      const point = manifold.point(ctx.rng, dim);
      if (map === null) row.set(point);
      else point.forEach((x, from) => map[from]!.forEach((image, c) => (row[c]! += x * image)));
      if (noise > 0) for (let c = 0; c < dimensions; c++) row[c]! += noise * normal(ctx.rng);
      return row;
    });
    const rows = vectors.map((row, i): Sample => {
      const id = String(i);
      const digest = sha256(new Uint8Array(row.buffer));
      return {id, uri: id, sha256: digest, label: null, class: null, split: null, boxes: []};
    });
    return Promise.resolve({
      type: 'activations',
      samples: {rows, classes: []},
      layers: [{name: 'input', depth: 0, rows: n, tokens: 1, dim: dimensions, dtype: 'float64'}],
      batches: vectorBlocks(vectors, ctx.signal),
    });
  },
});

interface Dimensions {
  readonly manifold: ManifoldName;
  readonly dim: number | null;
  readonly columns: number | null;
}

const dimOf = ({manifold, dim}: Dimensions): number => (MANIFOLDS[manifold] as Manifold).dim ?? dim ?? 2;

/** Of another dimension than a set can have, or fewer columns than it needs. */
function dimensionMisfit(params: Dimensions): Misfit | null {
  const {manifold: name, dim: given, columns} = params;
  const dim = dimOf(params);
  if (given !== null && given !== dim) {
    const message = `a ${name} has dimension ${dim}, dim is ${given}`;
    return {code: 'E501', param: 'dim', message, hint: 'leave "dim" out'};
  }
  const natural = MANIFOLDS[name].columns(dim);
  if (columns === null || columns >= natural) return null;
  const message = `${name} of dimension ${dim} needs ${natural} columns, columns is ${columns}`;
  return {code: 'E501', param: 'columns', message};
}
