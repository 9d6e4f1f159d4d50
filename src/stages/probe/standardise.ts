import type {Matrix} from '../../kernels/matrix.js';

/** Both sets of rows with every column moved and scaled by the mean and standard deviation (ddof 0) of the first. Constant columns become 0. */
export function standardise(train: Matrix, test: Matrix): [Matrix, Matrix] {
  const {rows, cols, data} = train;
  const mean = new Float64Array(cols);
  const square = new Float64Array(cols);
  for (let i = 0; i < rows; i++) for (let c = 0; c < cols; c++) mean[c]! += data[i * cols + c]! / rows;
  for (let i = 0; i < rows; i++)
    for (let c = 0; c < cols; c++) square[c]! += (data[i * cols + c]! - mean[c]!) ** 2 / rows;
  const scale = square.map(v => (v === 0 ? 0 : 1 / Math.sqrt(v)));
  const apply = (x: Matrix): Matrix => ({
    ...x,
    data: Float64Array.from(x.data, (value, i) => (value - mean[i % cols]!) * scale[i % cols]!),
  });
  return [apply(train), apply(test)];
}
