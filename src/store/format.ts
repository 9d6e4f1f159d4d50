import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {fail} from '../diagnostics/diagnostic.js';
import {ifThere} from './missing.js';

/** Of the stores that this version reads and writes. */
export const FORMAT = 1;

/** Where a store says what format it has. */
export const formatFile = (root: string): string => join(root, 'format.json');

/** The format that a store says it has: null where it says nothing yet, NaN where what it says is damaged. */
export function readFormat(root: string): number | null {
  const text = ifThere(() => readFileSync(formatFile(root), 'utf8'));
  if (text === undefined) return null;
  return Number(/^\s*\{\s*"format"\s*:\s*([1-9]\d*)\s*\}\s*$/.exec(text)?.[1]);
}

/**
 * Refuses a store that this version cannot read.
 *
 * @throws E602 for one of a newer format, E601 where the format is damaged
 */
export function checkFormat(root: string): void {
  const format = readFormat(root);
  if (Number.isNaN(format))
    fail('E601', `cannot use the store: its format is not known, ${formatFile(root)} is damaged`, {
      hint: 'strata verify puts that file aside and checks all others; the next run writes it anew',
    });
  refuseNewer(root, format);
}

/** @throws E602 */
export function refuseNewer(root: string, format: number | null): void {
  if (format === null || !(format > FORMAT)) return;
  fail('E602', `the store ${root} has format ${format}; this version of Strata reads format ${FORMAT}`, {
    hint: 'use a newer Strata, or another store with STRATA_STORE',
  });
}
