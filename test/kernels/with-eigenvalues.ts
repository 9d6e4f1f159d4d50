import {mulberry32} from '../golden/golden.js';

/** A symmetric matrix with these eigenvalues: a diagonal one, reflected a few times. */
export function withEigenvalues(values: readonly number[], seed = 1): Float64Array {
  const size = values.length;
  const matrix = new Float64Array(size * size);
  values.forEach((value, i) => (matrix[i * size + i] = value));
  const u = mulberry32(seed);
  for (let reflection = 0; reflection < 3; reflection++) {
    const v = Float64Array.from({length: size}, () => u() - 0.5);
    const tau = 2 / v.reduce((sum, x) => sum + x * x, 0);
    const image = Float64Array.from(v, (_, r) => v.reduce((sum, x, c) => sum + matrix[r * size + c]! * x, 0));
    const along = v.reduce((sum, x, i) => sum + x * image[i]!, 0);
    for (let r = 0; r < size; r++)
      for (let c = 0; c < size; c++)
        matrix[r * size + c]! -=
          tau * (v[r]! * image[c]! + image[r]! * v[c]!) - tau * tau * along * v[r]! * v[c]!;
  }
  return matrix;
}
