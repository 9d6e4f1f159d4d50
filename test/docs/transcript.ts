/** A command as a document shows it, with the lines it is said to print. */
export interface Shown {
  readonly args: readonly string[];
  readonly lines: readonly string[];
}

/** Reads a transcript: a line `$ strata ...` is a command, what follows is its output. */
export function transcriptOf(lines: readonly string[]): Shown[] {
  const shown: {args: readonly string[]; lines: string[]}[] = [];
  for (const line of lines) {
    const command = /^\$ (?:npx )?strata (.*)$/.exec(line);
    if (command) shown.push({args: words(command[1]!), lines: []});
    else if (shown.length === 0) throw new Error(`a transcript begins with a command, not with "${line}"`);
    else shown.at(-1)!.lines.push(line);
  }
  return shown;
}

/** The words of a command line: bare, or wholly in quotes. */
const words = (text: string): string[] =>
  [...text.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(m => m[1] ?? m[2] ?? m[3]!);

/** What differs from run to run, and how columns are spaced, is set aside. */
const normalised = (line: string): string =>
  line
    .replace(/\b\d{8}-\d{6}(-\d+)?\b/g, 'RUN')
    .replace(/\b[0-9a-f]{64}\b/g, 'SHA256')
    .replace(/\b\d+(\.\d+)? m?s\b/g, 'TIME')
    .replace(/\s+/g, ' ')
    .trim();

/**
 * Measured numbers (those with a point) differ in their last digits between processors, because sums in float32 are rounded in
 * another order, and now and then a neighbour or a prediction with them: 0.01 or 1 % is allowed. All else must be equal.
 */
function alike(a: string, b: string): boolean {
  if (a === b) return true;
  if (!/^-?\d+\.\d+$/.test(a) || !/^-?\d+(\.\d+)?$/.test(b)) return false;
  return Math.abs(Number(a) - Number(b)) <= 0.01 * Math.max(1, Math.abs(Number(a)));
}

function sameLine(expected: string, actual: string): boolean {
  const a = normalised(expected).split(' ');
  const b = normalised(actual).split(' ');
  return a.length === b.length && a.every((word, i) => alike(word, b[i]!));
}

/** Whether lines printed are those shown, where `...` on a line of its own stands for any number of lines. */
export function matches(shown: readonly string[], printed: readonly string[]): boolean {
  const [first, ...rest] = shown;
  if (first === undefined) return printed.length === 0;
  if (first.trim() === '...')
    return Array.from({length: printed.length + 1}, (_, skipped) => skipped).some(skipped =>
      matches(rest, printed.slice(skipped)),
    );
  const [line] = printed;
  return line !== undefined && sameLine(first, line) && matches(rest, printed.slice(1));
}

/** Lines without the empty ones around them. */
export function trimmed(lines: readonly string[]): string[] {
  const filled = lines.map(line => line.trim() !== '');
  return lines.slice(Math.max(0, filled.indexOf(true)), filled.lastIndexOf(true) + 1);
}
