/**
 * The number of single-character insertions, deletions, substitutions and swaps of neighbours that turn `a` into `b`
 * (optimal string alignment), or `limit + 1` if it is more than `limit`.
 */
export function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let before: number[] = [];
  let previous = Array.from({length: b.length + 1}, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(previous[j]! + 1, row[j - 1]! + 1, previous[j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, before[j - 2]! + 1);
      }
      row.push(cost);
    }
    if (Math.min(...row) > limit) return limit + 1;
    [before, previous] = [previous, row];
  }
  return previous[b.length]!;
}

/** Candidates looked at; a list of more has other troubles than a slip of the keyboard. */
const LOOKED_AT = 2000;

/**
 * The candidate closest to `word` (case set aside), the first of equals, or else the only one that begins with it; null
 * if there is neither.
 */
export function suggest(word: string, candidates: Iterable<string>): string | null {
  const lower = word.toLowerCase();
  let limit = Math.max(1, Math.floor(word.length / 3));
  let best: string | null = null;
  const longer: string[] = [];
  let looked = 0;
  for (const candidate of candidates) {
    if (++looked > LOOKED_AT) break;
    if (word.length >= 3 && candidate.toLowerCase().startsWith(lower)) longer.push(candidate);
    const distance = editDistance(lower, candidate.toLowerCase(), limit);
    if (distance > limit || (distance > 0 && distance >= word.length)) continue;
    best = candidate;
    limit = distance - 1;
    if (limit < 0) break;
  }
  return best ?? (longer.length === 1 ? longer[0]! : null);
}

/** More names than this are not listed in a hint. */
const LISTED = 16;

/** `did you mean "x"?`, or else the names there are, introduced by `title`; null if there are none or too many. */
export function suggestion(word: string, candidates: Iterable<string>, title: string): string | null {
  const names = [...candidates];
  const close = suggest(word, names);
  if (close !== null) return `did you mean "${close}"?`;
  if (names.length === 0 || names.length > LISTED) return null;
  return `${title}: ${names.join(', ')}`;
}
