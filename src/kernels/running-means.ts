import type {FloatArray} from './matrix.js';

/** Means of the columns of rows that come block by block, in float64, and whether all rows are equal. */
export class RunningMeans {
  /** Of values so far, by column. */
  private readonly sums: Float64Array;
  private first: FloatArray | undefined;
  /** So far. */
  rows = 0;
  /** Whether all rows so far are equal, value by value: true of no rows and of one. */
  constant = true;

  constructor(private readonly cols: number) {
    this.sums = new Float64Array(cols);
  }

  /** @param data whole rows */
  add(data: FloatArray): void {
    const {cols, sums} = this;
    const first = (this.first ??= data.slice(0, cols));
    for (let at = 0; at < data.length; at += cols)
      for (let c = 0; c < cols; c++) {
        const value = data[at + c]!;
        sums[c]! += value;
        if (value !== first[c]) this.constant = false;
      }
    this.rows += data.length / cols;
  }

  /** Zeros if there are no rows. */
  means(): Float64Array {
    const {rows, sums} = this;
    return rows === 0 ? sums : sums.map(sum => sum / rows);
  }
}
