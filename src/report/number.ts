/** Significant digits. */
const DIGITS = 4;

/**
 * A number to read: four significant digits, fewer where they say it exactly, all digits before the point, and powers of ten
 * only below 1e-4 and from 1e7 on.
 */
export function formatNumber(value: number): string {
  const exact = Number(value.toPrecision(DIGITS)) === value;
  if (needsPower(value)) return exact ? value.toExponential() : value.toExponential(DIGITS - 1);
  return exact || !Number.isFinite(value) ? String(value) : value.toFixed(decimals(value));
}

/** `13.56 ± 0.12`: as many decimals for the standard deviation as for the mean, four significant digits for the larger. */
export function formatSpread(mean: number, std: number): string {
  const larger = Math.max(Math.abs(mean), std);
  if (needsPower(larger)) return `${formatNumber(mean)} ± ${formatNumber(std)}`;
  return `${mean.toFixed(decimals(larger))} ± ${std.toFixed(decimals(larger))}`;
}

/** Whether a number has too many zeros to be written out. */
function needsPower(value: number): boolean {
  const size = Math.abs(value);
  return Number.isFinite(value) && size !== 0 && (size < 1e-4 || size >= 1e7);
}

/** Decimals that give a number its significant digits, as rounding leaves it: 99.996 is 100.0. */
function decimals(value: number): number {
  const rounded = Math.abs(Number(value.toPrecision(DIGITS)));
  return rounded === 0 ? 0 : Math.max(0, DIGITS - 1 - Math.floor(Math.log10(rounded)));
}
