import {fail} from '../diagnostics/diagnostic.js';

const UNITS: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

/**
 * The bytes of a size such as `50GB` or `10GiB`.
 *
 * @throws E726
 */
export function parseSize(text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?) ?([a-z]+)$/i.exec(text) ?? [];
  const factor = UNITS[unit?.toLowerCase() ?? ''];
  if (factor === undefined)
    fail('E726', `"${text}" is not a size`, {hint: 'a number and its unit: 500MB, 50GB, 1.5TB, 10GiB'});
  return Math.round(Number(number) * factor);
}

/** Bytes to read: `1.23 GB`, by powers of 1000. */
export function formatSize(bytes: number): string {
  const steps = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let step = 0;
  // 999.5 would be written as 1000.
  while (value >= 999.5 && step < steps.length - 1) {
    value /= 1000;
    step++;
  }
  const digits = step === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return `${value.toFixed(digits)} ${steps[step]!}`;
}
