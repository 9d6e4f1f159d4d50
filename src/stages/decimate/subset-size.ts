import {fail} from '../../diagnostics/diagnostic.js';

/** The smallest subset that a line can be fitted to. */
const FEWEST = 4;

/** Fails unless a subset is large enough to be measured: E501, naming what made it. */
export function checkSize(what: string, size: number, n: number, hint: string): void {
  if (size < FEWEST) fail('E501', `${what} of ${n} samples leaves ${size}, fewer than ${FEWEST}`, {hint});
}
