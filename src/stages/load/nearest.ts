/** Levenshtein's edit distance (1966) between two strings. */
function distance(a: string, b: string): number {
  let row = Array.from({length: b.length + 1}, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, replaced));
    }
    row = next;
  }
  return row[b.length]!;
}

/** A hint for a name that is not there: the one that is meant, if one is near enough, else those there are. */
export function nearest(name: string, names: readonly string[]): string {
  let best: string | undefined;
  let least = Math.max(1, Math.floor(name.length / 3)) + 1;
  for (const other of names) {
    const d = distance(name.toLowerCase(), other.toLowerCase());
    if (d < least) [best, least] = [other, d];
  }
  if (best !== undefined) return `did you mean "${best}"?`;
  const shown = names.slice(0, 12).join(', ');
  return `there are: ${shown}${names.length > 12 ? ` and ${names.length - 12} more` : ''}`;
}
