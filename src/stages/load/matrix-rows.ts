import type {FloatArray} from '../ports.js';

/** What a file of numbers holds, in whichever format. */
export interface MatrixRows {
  readonly rows: number;
  readonly cols: number;
  /** Row-major; float32 if the file has no more than that, else float64. */
  readonly data: FloatArray;
  /** One a row, as the file has them; null without a column of labels. */
  readonly labels: readonly unknown[] | null;
}
