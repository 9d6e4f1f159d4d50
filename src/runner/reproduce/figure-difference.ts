/** How the numbers that two figures show differ; null if something else than numbers does. */
export interface FigureDifference {
  readonly kind: 'figure';
  /** Largest |a - b| / max(|a|, |b|). */
  readonly relative: number | null;
}

/** Compares two specifications of figures, with the data in them. */
export const figureDifference = (before: unknown, now: unknown): FigureDifference => ({
  kind: 'figure',
  relative: apart(before, now),
});

function apart(a: unknown, b: unknown): number | null {
  if (a === b) return 0;
  if (typeof a === 'number' && typeof b === 'number')
    return Math.abs(a - b) / Math.max(Math.abs(a), Math.abs(b));
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return null;
  const before = Object.entries(a);
  const now = new Map(Object.entries(b));
  if (Array.isArray(a) !== Array.isArray(b) || before.length !== now.size) return null;
  let largest = 0;
  for (const [name, value] of before) {
    const difference = now.has(name) ? apart(value, now.get(name)) : null;
    if (difference === null) return null;
    largest = Math.max(largest, difference);
  }
  return largest;
}
