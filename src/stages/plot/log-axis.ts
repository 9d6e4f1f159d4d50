/** Most ticks of the axis, and fewest. */
const MOST = 8;
const FEWEST = 3;
/** Least distance between ticks that all have to be shown, in pixels. */
const APART = 34;
/** Digits of ticks within a power of ten, from coarse to fine. */
const DIGITS = [[1], [1, 2, 5], [1, 2, 3, 4, 6, 8]];

/** A range on a logarithmic axis; both ends above 0. */
export type Range = readonly [low: number, high: number];

/** The range of some values, with a share of the whole axis left free at each end; around a single value half an octave. */
export function logDomain(values: readonly number[], inset: number): [low: number, high: number] {
  if (values.length === 0) return [1, 10];
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const room = low === high ? Math.SQRT2 : (high / low) ** (inset / (1 - 2 * inset));
  return [low / room, high * room];
}

/** Ticks at powers of ten and at parts of them, as fine as leaves no more than eight; at even steps where those are too few. */
export function logTicks([low, high]: Range): number[] {
  const first = Math.floor(Math.log10(low));
  const exponents = Array.from({length: Math.ceil(Math.log10(high)) - first + 1}, (_, i) => first + i);
  const choices = DIGITS.map(digits =>
    exponents
      .flatMap(e => digits.map(digit => Number(`${digit}e${e}`)))
      .filter(tick => tick >= low && tick <= high),
  );
  const fitting = choices.filter(ticks => ticks.length <= MOST).at(-1) ?? choices[0]!;
  return fitting.length >= FEWEST ? fitting : evenTicks([low, high]);
}

/** A Vega expression for the labels of ticks: as powers of ten where all are such and some are below 1 / 100, else as numbers. */
export function powerLabels(ticks: readonly number[]): string {
  const exponents = ticks.map(tick => Math.log10(tick));
  if (!exponents.every(Number.isInteger) || Math.min(...ticks) >= 0.01) return "format(datum.value, '~r')";
  const labels = ticks.map((tick, i): [number, string] => [tick, `10${superscript(exponents[i]!)}`]);
  return `${JSON.stringify(Object.fromEntries(labels))}[datum.value]`;
}

const superscript = (n: number): string =>
  String(n).replace(/./g, c => '⁻⁰¹²³⁴⁵⁶⁷⁸⁹'['-0123456789'.indexOf(c)]!);

/** Multiples of a round step: four to ten of them. */
function evenTicks([low, high]: Range): number[] {
  const size = 10 ** Math.floor(Math.log10((high - low) / 4));
  const step = [5, 2, 1].map(digit => digit * size).find(s => (high - low) / s >= 4) ?? size;
  const from = Math.ceil(low / step);
  const count = Math.floor(high / step) - from + 1;
  return Array.from({length: count}, (_, i) => Number(((from + i) * step).toPrecision(6)));
}

/** Ticks at the values themselves where they are few, and far enough apart on an axis of this width; else as `logTicks`. */
export function valueTicks(values: readonly number[], range: Range, width: number): number[] {
  const ticks = [...new Set(values.map(Math.round))].sort((a, b) => a - b);
  const perUnit = width / Math.log(range[1] / range[0]);
  const apart = ticks.every((tick, i) => i === 0 || Math.log(tick / ticks[i - 1]!) * perUnit >= APART);
  return ticks.length > 0 && ticks.length <= MOST && apart ? ticks : logTicks(range);
}

/**
 * Factors by which lines stand beside one another where they share their values, so that their bars do not hide each other: up to
 * `step` pixels from line to line, together no more than half the least distance between two values.
 */
export function dodges(
  count: number,
  values: readonly number[],
  range: Range,
  {width, step}: {readonly width: number; readonly step: number},
): number[] {
  const sorted = [...new Set(values)].sort((a, b) => a - b);
  const gaps = sorted.slice(1).map((value, i) => Math.log(value / sorted[i]!));
  const most = Math.min(...gaps, Infinity) / 2 / Math.max(1, count - 1);
  const each = Math.min((step * Math.log(range[1] / range[0])) / width, most);
  return Array.from({length: count}, (_, i) => Math.exp((i - (count - 1) / 2) * each));
}
