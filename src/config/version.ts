import type {Diagnostic} from '../diagnostics/diagnostic.js';
import {got} from './expected.js';
import {valueProblem} from './problem.js';
import {core} from './scalar.js';
import {shape, type Value} from './value.js';

/** What is wrong with the version of the language that a file gives, or null. */
export function versionProblem(version: Value): Diagnostic | null {
  if (version.kind === 'hole' || (version.kind === 'scalar' && core(version.text) === 1)) return null;
  const what = version.kind === 'scalar' ? got(core(version.text), version) : shape(version);
  return valueProblem('E101', `"strata" is the version of the language: expected 1, got ${what}`, version);
}
