import {normal} from '../rng.js';
import type {Rng} from '../rng.js';

/** A set of known dimension to draw points from. */
export interface Manifold {
  /** Its dimension; null for those of any. */
  readonly dim: number | null;
  /** Columns of a point of a manifold of this dimension. */
  columns(dim: number): number;
  /** Draws one point. */
  point(rng: Rng, dim: number): number[];
}

const TURN = 2 * Math.PI;
const list = (length: number, make: (i: number) => number): number[] =>
  Array.from({length}, (_, i) => make(i));
const direction = (rng: Rng, columns: number): number[] => {
  const point = list(columns, () => normal(rng));
  const length = Math.sqrt(point.reduce((sum, x) => sum + x * x, 0));
  return length === 0 ? direction(rng, columns) : point.map(x => x / length);
};
const exponential = (rng: Rng): number => -Math.log(1 - rng.uniform());
/** Beta(10, 1/2): G / (G + H) of G from Gamma(10), a sum of exponentials, and H from Gamma(1/2), half the square of a normal number. */
const skewed = (rng: Rng): number => {
  const g = list(10, () => exponential(rng)).reduce((sum, x) => sum + x, 0);
  return g / (g + normal(rng) ** 2 / 2);
};
const same = (dim: number): number => dim;
const three = (): number => 3;

/** Uniform on what they are named for, except where a parametrisation is said to be what is uniform. */
export const MANIFOLDS = {
  /** [0, 1]^dim */
  cube: {dim: null, columns: same, point: (rng, dim) => list(dim, () => rng.uniform())},
  /** The faces of [0, 1]^(dim + 1). */
  'cube-surface': {
    dim: null,
    columns: dim => dim + 1,
    point(rng, dim) {
      const face = rng.int(2 * (dim + 1));
      return list(dim + 1, c => (c === face >> 1 ? face & 1 : rng.uniform()));
    },
  },
  /** Of radius 1. */
  ball: {
    dim: null,
    columns: same,
    point(rng, dim) {
      const radius = rng.uniform() ** (1 / dim);
      return direction(rng, dim).map(x => radius * x);
    },
  },
  /** The surface of a ball of radius 1, in one column more than its dimension. */
  sphere: {dim: null, columns: dim => dim + 1, point: (rng, dim) => direction(rng, dim + 1)},
  /** Standard deviation 1 in every column. */
  gaussian: {dim: null, columns: same, point: (rng, dim) => list(dim, () => normal(rng))},
  /** u_(i+1) (cos, sin)(2 pi u_i) for every i, u_dim being u_0; u uniform in [0, 1]^dim. */
  nonlinear: {
    dim: null,
    columns: dim => 2 * dim,
    point(rng, dim) {
      const u = list(dim, () => rng.uniform());
      return u.flatMap((angle, i) => {
        const radius = u[(i + 1) % dim]!;
        return [radius * Math.cos(TURN * angle), radius * Math.sin(TURN * angle)];
      });
    },
  },
  /** x (sin(cos 2 pi x), cos(sin 2 pi x)) for each of dim numbers x of Beta(10, 1/2). */
  beta: {
    dim: null,
    columns: dim => 2 * dim,
    point: (rng, dim) =>
      list(dim, () => skewed(rng)).flatMap(x => [
        x * Math.sin(Math.cos(TURN * x)),
        x * Math.cos(Math.sin(TURN * x)),
      ]),
  },
  /** tan(u_i cos u_j), arctan(u_j sin u_i) for every i, j being the i-th from the end; u uniform in [0, 1]^dim. */
  tangent: {
    dim: null,
    columns: dim => 2 * dim,
    point(rng, dim) {
      const u = list(dim, () => rng.uniform());
      return u.flatMap((x, i) => {
        const y = u[dim - 1 - i]!;
        return [Math.tan(x * Math.cos(y)), Math.atan(y * Math.sin(x))];
      });
    },
  },
  /** x and its squared length, the sines of these and their squares; x_i = e / (e + e_i) of independent exponential numbers. */
  paraboloid: {
    dim: null,
    columns: dim => 3 * (dim + 1),
    point(rng, dim) {
      const e = exponential(rng);
      const x = list(dim, () => e / (e + exponential(rng)));
      const all = [...x, x.reduce((sum, value) => sum + value * value, 0)];
      return [...all, ...all.map(Math.sin), ...all.map(value => value * value)];
    },
  },
  /** A set of dimension 4 that is concentrated as one of 3 would be, in 6 columns; its four parameters are uniform in [0, 1]. */
  concentrated: {
    dim: 4,
    columns: () => 6,
    point(rng) {
      const [a, b, c, d] = list(4, () => rng.uniform()) as [number, number, number, number];
      return [
        b * b * Math.cos(TURN * a),
        c * c * Math.sin(TURN * a),
        b + c + (b - d) ** 2,
        b - 2 * c + (a - d) ** 2,
        -b - 2 * c + (c - d) ** 2,
        a * a - b * b + c * c - d * d,
      ];
    },
  },
  /** (r cos t, r sin t, t / 2), r and t from 0 to 10 pi. */
  helicoid: {
    dim: 2,
    columns: three,
    point(rng) {
      const r = 5 * TURN * rng.uniform();
      const t = 5 * TURN * rng.uniform();
      return [r * Math.cos(t), r * Math.sin(t), t / 2];
    },
  },
  /** (t cos t, 21 u, t sin t), t from 1.5 pi to 4.5 pi; t and u uniform. */
  'swiss-roll': {
    dim: 2,
    columns: three,
    point(rng) {
      const t = 1.5 * Math.PI * (1 + 2 * rng.uniform());
      return [t * Math.cos(t), 21 * rng.uniform(), t * Math.sin(t)];
    },
  },
  /** (sin t, 2 u, sign(t) (cos t - 1)), t from -1.5 pi to 1.5 pi; t and u uniform. */
  's-curve': {
    dim: 2,
    columns: three,
    point(rng) {
      const t = 3 * Math.PI * (rng.uniform() - 0.5);
      return [Math.sin(t), 2 * rng.uniform(), Math.sign(t) * (Math.cos(t) - 1)];
    },
  },
  /** A strip of width 1 around a circle of radius 1 that turns ten times by half; angle and place across uniform. */
  moebius: {
    dim: 2,
    columns: three,
    point(rng) {
      const angle = TURN * rng.uniform();
      const across = rng.uniform() - 0.5;
      const radius = 1 + across * Math.cos(5 * angle);
      return [radius * Math.cos(angle), radius * Math.sin(angle), across * Math.sin(5 * angle)];
    },
  },
  /** (cos t, sin t, t / 10), t from 0 to 10 pi. */
  helix: {
    dim: 1,
    columns: three,
    point(rng) {
      const t = 5 * TURN * rng.uniform();
      return [Math.cos(t), Math.sin(t), t / 10];
    },
  },
} as const satisfies Record<string, Manifold>;

export type ManifoldName = keyof typeof MANIFOLDS;

/** How points of `from` columns become points of `to`: `isometric` keeps all distances, `affine` none in particular. */
export type Embedding = 'isometric' | 'affine';

/** A random linear map, as the images of the unit vectors: orthonormal, or of normal numbers. */
export function embeddingMap(rng: Rng, from: number, to: number, embedding: Embedding): Float64Array[] {
  const images: Float64Array[] = [];
  while (images.length < from) {
    const image = Float64Array.from({length: to}, () => normal(rng));
    if (embedding === 'isometric') {
      // Twice is enough (Giraud, Langou, Rozloznik 2005).
      for (let pass = 0; pass < 2; pass++)
        for (const other of images) {
          const along = image.reduce((sum, x, c) => sum + x * other[c]!, 0);
          for (let c = 0; c < to; c++) image[c]! -= along * other[c]!;
        }
      const length = Math.sqrt(image.reduce((sum, x) => sum + x * x, 0));
      if (length < 1e-6) continue;
      for (let c = 0; c < to; c++) image[c]! /= length;
    }
    images.push(image);
  }
  return images;
}
