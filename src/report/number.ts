/** Significant digits of a value, and of a standard deviation. */
const DIGITS = 4;
const SPREAD_DIGITS = 2;

/**
 * A number to read: four significant digits, fewer where they say it exactly, all digits before the point, and powers of ten
 * only below 1e-4 and from 1e7 on.
 */
export const formatNumber = (value: number): string => rounded(value, DIGITS);

/** `13.56 ± 0.12`: the standard deviation has two significant digits. */
export const formatSpread = (mean: number, std: number): string =>
  `${formatNumber(mean)} ± ${rounded(std, SPREAD_DIGITS)}`;

function rounded(value: number, digits: number): string {
  if (!Number.isFinite(value)) return String(value);
  const short = Number(value.toPrecision(digits));
  const size = Math.abs(short);
  if (size !== 0 && (size < 1e-4 || size >= 1e7)) {
    return short === value ? value.toExponential() : value.toExponential(digits - 1);
  }
  if (short === value || Number.isInteger(value)) return String(value);
  const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(size)));
  return value.toFixed(decimals);
}
