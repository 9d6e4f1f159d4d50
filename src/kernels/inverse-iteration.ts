import {addScaled, dot, largestAbsolute} from './vector.js';

/** One step leaves next to nothing of what is not near; the second undoes what orthogonality has cost. */
const STEPS = 2;

/**
 * Eigenvectors of a symmetric tridiagonal matrix T by inverse iteration from fixed pseudo-random starts, each made orthogonal to
 * those before it by the modified method of Gram and Schmidt (Peters and Wilkinson 1971), so that equal values too have as many
 * vectors as there are. About 100 n operations a vector, and 8 n for each of those before it.
 *
 * The shift is complex, z = value + i width: of a start the imaginary part of (T - z)^-1 start has its part along an eigenvector of
 * eigenvalue t multiplied by width / ((t - value)^2 + width^2). With a width somewhat above the error of the value that is about
 * the same for all that could be meant, never much more for a vector found before, and 1e20 times less for what is far.
 *
 * @param diagonal n numbers, the largest of all about 1, or all 0
 * @param off n numbers, `off[i]` stands between i and i + 1, the last is 0
 * @param values some of the eigenvalues, each with its copies, within roundings of the largest
 * @returns unit vectors, one after another, in the order of the values. Their residuals are within roundings of the largest
 */
export function inverseIteration(
  diagonal: Float64Array,
  off: Float64Array,
  values: Float64Array,
): Float64Array {
  const n = diagonal.length;
  const largest = Math.max(largestAbsolute(diagonal), largestAbsolute(off)) || 1;
  const width = 4 * Math.sqrt(n) * Number.EPSILON * largest;
  const random = uniform();
  const solver = new ShiftedSolver(diagonal, off);
  const vectors = new Float64Array(values.length * n);
  const vector = (i: number): Float64Array => vectors.subarray(i * n, (i + 1) * n);
  values.forEach((value, i) => {
    solver.factor(value, width);
    const v = vector(i);
    for (let c = 0; c < n; c++) v[c] = random();
    for (let step = 0; step < STEPS; step++) {
      solver.solve(v);
      for (let j = 0; j < i; j++) addScaled(v, vector(j), -dot(v, vector(j)));
      const norm = Math.sqrt(dot(v, v));
      for (let c = 0; c < n; c++) v[c]! /= norm;
    }
  });
  return vectors;
}

/** Numbers in [-1, 1) from a linear congruential generator, the same at every call. */
function uniform(): () => number {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state / 2 ** 31;
  };
}

/** Complex numbers, the real and the imaginary part of each. */
type Complex = readonly [re: Float64Array, im: Float64Array];

/** Solves (T - z) x = b by elimination with row exchanges. */
class ShiftedSolver {
  /** The upper triangle: one over the diagonal, beside it, and one further, which is real. */
  private readonly inverse: Complex;
  private readonly beside: Complex;
  private readonly beyond: Float64Array;
  private readonly factors: Complex;
  /** 1 where a row has changed places with the next. */
  private readonly exchanged: Uint8Array;
  private readonly x: Complex;

  constructor(
    private readonly diagonal: Float64Array,
    private readonly off: Float64Array,
  ) {
    const n = diagonal.length;
    const complex = (): Complex => [new Float64Array(n), new Float64Array(n)];
    [this.inverse, this.beside, this.factors, this.x] = [complex(), complex(), complex(), complex()];
    this.beyond = new Float64Array(n);
    this.exchanged = new Uint8Array(n);
  }

  /** For z = re + i im, `im` not 0: no pivot is, then. */
  factor(re: number, im: number): void {
    const {diagonal, off, beyond, exchanged} = this;
    const [inverseRe, inverseIm] = this.inverse;
    const [besideRe, besideIm] = this.beside;
    const [factorRe, factorIm] = this.factors;
    const last = diagonal.length - 1;
    // What elimination has made of the row: its diagonal and what is beside it.
    let [ownRe, ownIm] = [diagonal[0]! - re, -im];
    let [rightRe, rightIm] = [off[0]!, 0];
    for (let i = 0; i < last; i++) {
      const below = off[i]!;
      const next = diagonal[i + 1]! - re;
      const square = ownRe * ownRe + ownIm * ownIm;
      if (square >= below * below) {
        exchanged[i] = 0;
        inverseRe[i] = ownRe / square;
        inverseIm[i] = -ownIm / square;
        besideRe[i] = rightRe;
        besideIm[i] = rightIm;
        beyond[i] = 0;
        const fRe = (factorRe[i] = below * inverseRe[i]!);
        const fIm = (factorIm[i] = below * inverseIm[i]!);
        ownRe = next - (fRe * rightRe - fIm * rightIm);
        ownIm = -im - (fRe * rightIm + fIm * rightRe);
        rightRe = off[i + 1]!;
        rightIm = 0;
      } else {
        exchanged[i] = 1;
        inverseRe[i] = 1 / below;
        inverseIm[i] = 0;
        besideRe[i] = next;
        besideIm[i] = -im;
        beyond[i] = off[i + 1]!;
        const fRe = (factorRe[i] = ownRe / below);
        const fIm = (factorIm[i] = ownIm / below);
        ownRe = rightRe - (fRe * next + fIm * im);
        ownIm = rightIm - (fIm * next - fRe * im);
        rightRe = -fRe * off[i + 1]!;
        rightIm = -fIm * off[i + 1]!;
      }
    }
    const square = ownRe * ownRe + ownIm * ownIm;
    inverseRe[last] = ownRe / square;
    inverseIm[last] = -ownIm / square;
  }

  /** Replaces b by the imaginary part of x. */
  solve(b: Float64Array): void {
    const {beyond, exchanged} = this;
    const [inverseRe, inverseIm] = this.inverse;
    const [besideRe, besideIm] = this.beside;
    const [factorRe, factorIm] = this.factors;
    const [re, im] = this.x;
    const last = b.length - 1;
    re.set(b);
    im.fill(0);
    for (let i = 0; i < last; i++) {
      const [at, other] = exchanged[i] === 1 ? [i + 1, i] : [i, i + 1];
      const [ownRe, ownIm, nextRe, nextIm] = [re[at]!, im[at]!, re[other]!, im[other]!];
      re[i] = ownRe;
      im[i] = ownIm;
      re[i + 1] = nextRe - (factorRe[i]! * ownRe - factorIm[i]! * ownIm);
      im[i + 1] = nextIm - (factorRe[i]! * ownIm + factorIm[i]! * ownRe);
    }
    for (let i = last; i >= 0; i--) {
      let [restRe, restIm] = [re[i]!, im[i]!];
      if (i < last) {
        restRe -= besideRe[i]! * re[i + 1]! - besideIm[i]! * im[i + 1]!;
        restIm -= besideRe[i]! * im[i + 1]! + besideIm[i]! * re[i + 1]!;
      }
      if (i + 1 < last) {
        restRe -= beyond[i]! * re[i + 2]!;
        restIm -= beyond[i]! * im[i + 2]!;
      }
      re[i] = restRe * inverseRe[i]! - restIm * inverseIm[i]!;
      im[i] = restRe * inverseIm[i]! + restIm * inverseRe[i]!;
    }
    b.set(im);
  }
}
