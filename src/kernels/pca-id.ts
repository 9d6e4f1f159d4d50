/** How many dimensions a spectrum has, by rules and by averages. Each takes eigenvalues that are descending, not negative and not all 0. */

/** Eigenvalues below this share of the largest are rounding of the product they come from. */
const NOISE = 1e-14;

/** Components, in order, whose eigenvalues sum to at least this share of all. */
export function componentsNeeded(values: Float64Array, share: number): number {
  const total = sum(values);
  let partial = 0;
  return values.findIndex(value => (partial += value) / total >= share) + 1;
}

/**
 * Zero-based index of the first component at which the share is exceeded: one less than the components needed, but where the
 * share is met exactly. Ansuini, Laio, Macke, Zoccolan 2019 (released code) report it.
 */
export function indexExceeding(values: Float64Array, share: number): number {
  const total = sum(values);
  let partial = 0;
  return values.findIndex(value => (partial += value) / total > share);
}

/** (sum lambda)^2 / sum lambda^2. */
export const participationRatio = (values: Float64Array): number => {
  const shares = sharesOf(values);
  return 1 / shares.reduce((total, share) => total + share * share, 0);
};

/** exp of the entropy of the shares lambda / sum lambda (Roy and Vetterli 2007). */
export const entropyRank = (values: Float64Array): number =>
  Math.exp(sharesOf(values).reduce((total, p) => (p > 0 ? total - p * Math.log(p) : total), 0));

/** sum lambda / lambda_1. */
export const stableRank = (values: Float64Array): number => sum(values) / values[0]!;

/** Eigenvalues above a share of the largest; 0.05 in Fukunaga and Olsen 1971. */
export const countAboveShare = (values: Float64Array, share: number): number =>
  count(values, share * values[0]!);

/** Eigenvalues above their mean (Kaiser 1960). */
export const countAboveMean = (values: Float64Array): number => count(values, sum(values) / values.length);

/** The place after which an eigenvalue is smaller by the largest factor. Eigenvalues that are rounding count as equal. */
export function largestGap(values: Float64Array): number {
  const floor = NOISE * values[0]!;
  let place = values.length;
  let largest = 1;
  for (let i = 1; i < values.length; i++) {
    const factor = Math.max(values[i - 1]!, floor) / Math.max(values[i]!, floor);
    if (factor > largest) [place, largest] = [i, factor];
  }
  return place;
}

/** Leading components with a larger share than the pieces of a stick broken at random would have (Jackson 1993). */
export function brokenStick(values: Float64Array): number {
  const n = values.length;
  const pieces = new Float64Array(n);
  for (let i = n - 1, piece = 0; i >= 0; i--) pieces[i] = piece += 1 / ((i + 1) * n);
  const place = sharesOf(values).findIndex((share, i) => share <= pieces[i]!);
  return place < 0 ? n : place;
}

function sharesOf(values: Float64Array): Float64Array {
  const total = sum(values);
  return values.map(value => value / total);
}

const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0);
const count = (values: Float64Array, above: number): number =>
  values.reduce((found, value) => (value > above ? found + 1 : found), 0);
