/** Errors of the file system on demand: see `fail.js`. */
export interface Failure {
  /** What failed; undefined if it has not come to that. */
  failed(): string | undefined;
  restore(): void;
}
export function failAt(
  folder: string,
  code: string,
  n: number,
  options?: {reads?: boolean; only?: string},
): Failure;
