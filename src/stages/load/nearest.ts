import type {Diagnostic} from '../../diagnostics/diagnostic.js';
import {suggestion} from '../../diagnostics/suggest.js';

/** The hint for a name that is not there: the one that is meant, if one is near enough, else those there are. */
export function nearest(
  name: string,
  names: readonly string[],
  title = 'there are',
): Pick<Diagnostic, 'hint'> {
  const hint = suggestion(name, names, title);
  return hint === null ? {} : {hint};
}
