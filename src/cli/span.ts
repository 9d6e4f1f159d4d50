import {fail} from '../diagnostics/diagnostic.js';

const SECOND = 1000;
const UNITS: Readonly<Record<string, number>> = {
  s: SECOND,
  m: 60 * SECOND,
  h: 3600 * SECOND,
  d: 86_400 * SECOND,
  w: 604_800 * SECOND,
};

/**
 * The milliseconds of a span of time such as `30d` or `12h`.
 *
 * @throws E726
 */
export function parseSpan(text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?) ?([smhdw])$/.exec(text) ?? [];
  if (unit === undefined)
    fail('E726', `"${text}" is not a span of time`, {hint: 'a number and its unit: 90m, 12h, 30d, 2w'});
  return Number(number) * UNITS[unit]!;
}

/** A span of time to read, in its largest unit: `3 days`. */
export function formatSpan(ms: number): string {
  const [unit, name] = (
    [
      [UNITS['d']!, 'day'],
      [UNITS['h']!, 'hour'],
      [UNITS['m']!, 'minute'],
    ] as const
  ).find(([size]) => ms >= size) ?? [SECOND, 'second'];
  const count = Math.max(0, Math.floor(ms / unit));
  return `${count} ${name}${count === 1 ? '' : 's'}`;
}
