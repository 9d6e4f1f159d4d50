/** How alike two points of a view count at distance d: 1 / (1 + a d^(2b)). */
export interface Curve {
  readonly a: number;
  readonly b: number;
}

const POINTS = 300;
const MOST_STEPS = 1000;
const TOLERANCE = 1e-12;

/**
 * The a and b with which 1 / (1 + a d^(2b)) is nearest, by least squares at 300 distances from 0 to 3 spread, to 1 up to `minDist` and
 * exp(-(d - minDist) / spread) beyond (McInnes, Healy and Melville 2018, definition 11). By the method of Levenberg and Marquardt.
 */
export function similarityCurve(minDist: number, spread = 1): Curve {
  // In units of the spread.
  const xs = Float64Array.from({length: POINTS}, (_, i) => (3 * i) / (POINTS - 1));
  const ys = xs.map(x => (x < minDist / spread ? 1 : Math.exp(minDist / spread - x)));
  let curve = {a: 1, b: 1};
  let system = systemAt(curve, xs, ys);
  let damping = 1e-3;
  for (let step = 0; step < MOST_STEPS; step++) {
    const {aa, ab, bb, ga, gb, squares} = system;
    const [da, db] = [aa * (1 + damping), bb * (1 + damping)];
    const determinant = da * db - ab * ab;
    const move = {a: (db * ga - ab * gb) / determinant, b: (da * gb - ab * ga) / determinant};
    const next = {a: curve.a + move.a, b: curve.b + move.b};
    const there = systemAt(next, xs, ys);
    if (next.a > 0 && next.b > 0 && there.squares <= squares) {
      [curve, system] = [next, there];
      damping /= 10;
      if (Math.abs(move.a) <= TOLERANCE * curve.a && Math.abs(move.b) <= TOLERANCE * curve.b) break;
    } else {
      damping *= 10;
      if (damping > 1 / TOLERANCE) break;
    }
  }
  return {a: curve.a / spread ** (2 * curve.b), b: curve.b};
}

/** The normal equations of a step from a curve, and the sum of the squared residuals. */
function systemAt({a, b}: Curve, xs: Float64Array, ys: Float64Array) {
  let [aa, ab, bb, ga, gb, squares] = [0, 0, 0, 0, 0, 0];
  for (let i = 0; i < xs.length; i++) {
    const power = xs[i]! ** (2 * b);
    const value = 1 / (1 + a * power);
    const residual = ys[i]! - value;
    const byA = -power * value * value;
    const byB = xs[i] === 0 ? 0 : -2 * a * power * Math.log(xs[i]!) * value * value;
    aa += byA * byA;
    ab += byA * byB;
    bb += byB * byB;
    ga += byA * residual;
    gb += byB * residual;
    squares += residual * residual;
  }
  return {aa, ab, bb, ga, gb, squares};
}
