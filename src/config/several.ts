import {createRequire} from 'node:module';
import type {Diagnostic} from '../diagnostics/diagnostic.js';
import {valueProblem} from './problem.js';
import {scalar, shape, type Scalar, type Value} from './value.js';

/** More values than this are taken for a mistake. */
const MOST = 10_000;

const RANGE = /^range\(\s*([^\s,()]+)\s*,\s*([^\s,()]+)\s*(?:,\s*([^\s,()]+)\s*)?\)$/;
const GLOB = /^glob\((.+)\)$/s;
const DECIMAL = /^[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?$/;

/**
 * The values that a list, `range(start, stop, step)` or `glob(pattern)` stands for. The range is that of Python: from
 * start to before stop, step 1 if not given, exact in decimals. The glob gives the paths that match, in code-unit order,
 * relative to the file that says it.
 */
export function severalValues(value: Value, problems: Diagnostic[]): readonly Value[] {
  if (value.kind === 'hole') return [];
  if (value.kind === 'list') {
    if (value.items.length === 0) problems.push(valueProblem('E130', 'a sweep over no values', value));
    return value.items;
  }
  if (value.kind === 'scalar') {
    const several = range(value, problems) ?? glob(value, problems);
    if (several !== null) return several;
  }
  problems.push(
    valueProblem('E130', `a sweep takes a list, range(...) or glob(...), not ${shape(value)}`, value),
  );
  return [];
}

function range(value: Scalar, problems: Diagnostic[]): readonly Value[] | null {
  if (!value.text.startsWith('range(')) return null;
  const match = RANGE.exec(value.text);
  const words = match === null ? [] : [match[1]!, match[2]!, match[3] ?? '1'];
  if (match === null || !words.every(word => DECIMAL.test(word))) {
    problems.push(
      valueProblem('E130', `"${value.text}" is not range(start, stop) or range(start, stop, step)`, value),
    );
    return [];
  }
  // Whole multiples of the finest decimal place, so that 0.1 three times is 0.3.
  const places = Math.max(...words.map(decimals));
  const [start, stop, step] = words.map(word => scaled(word, places)) as [bigint, bigint, bigint];
  const count = step === 0n ? -1n : (stop - start + (step > 0n ? step - 1n : step + 1n)) / step;
  if (count <= 0n || count > BigInt(MOST)) {
    const why =
      step === 0n ? 'never ends: its step is 0' : count <= 0n ? 'has no values' : `has ${count} values`;
    problems.push(valueProblem('E130', `"${value.text}" ${why}`, value));
    return [];
  }
  return Array.from({length: Number(count)}, (_, i) => {
    return scalar(written(start + BigInt(i) * step, places), true, value.span);
  });
}

/** Digits after the point of a decimal number. */
function decimals(word: string): number {
  const [, fraction = '', exponent = '0'] = /^[-+]?\d+(?:\.(\d+))?(?:[eE]([-+]?\d+))?$/.exec(word)!;
  return Math.max(0, fraction.length - Number(exponent));
}

/** A decimal number in units of its last place. */
function scaled(word: string, places: number): bigint {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^([-+]?)(\d+)(?:\.(\d+))?(?:[eE]([-+]?\d+))?$/.exec(word)!;
  const zeros = places - fraction.length + Number(exponent);
  return BigInt(`${sign === '-' ? '-' : ''}${whole}${fraction}${'0'.repeat(zeros)}`);
}

function written(units: bigint, places: number): string {
  if (places === 0) return String(units);
  const digits = String(units < 0n ? -units : units).padStart(places + 1, '0');
  const text = `${digits.slice(0, -places)}.${digits.slice(-places)}`.replace(/\.?0+$/, '');
  return units < 0n ? `-${text}` : text;
}

function glob(value: Scalar, problems: Diagnostic[]): readonly Value[] | null {
  const pattern = GLOB.exec(value.text)?.[1]?.trim();
  if (pattern === undefined) return null;
  // Loaded by those who need it.
  const {globSync} = createRequire(import.meta.url)('tinyglobby') as typeof import('tinyglobby');
  const files = globSync(pattern, {cwd: value.folder, expandDirectories: false}).sort();
  if (files.length === 0) {
    const hint = `relative to ${value.folder}`;
    problems.push(valueProblem('E130', `"${value.text}" matches no file`, value, hint));
  }
  return files.map(file => ({...scalar(file, true, value.span), folder: value.folder}));
}
