import type {Code} from '../diagnostics/catalogue.js';
import {fail} from '../diagnostics/diagnostic.js';

/** What does not go together in the parameters of a stage and the ports that are joined: known before anything is read. */
export interface Misfit {
  readonly code: Code;
  /** The parameter that is best changed, such as `fit` or `sample.n`, or the port: `from.b`. */
  readonly param: string;
  readonly message: string;
  readonly hint?: string;
}

/** Fails if there is one. */
export function refuse(misfit: Misfit | null): void {
  if (misfit === null) return;
  const {code, message, hint} = misfit;
  fail(code, message, hint === undefined ? {} : {hint});
}
