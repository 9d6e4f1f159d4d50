import {readFileSync, readdirSync} from 'node:fs';
import {fileURLToPath} from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url));

/** The texts that people read first, by path. */
export const documents: readonly string[] = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(`${root}docs`)
    .filter(name => name.endsWith('.md'))
    .sort()
    .map(name => `docs/${name}`),
];

export const readDocument = (path: string): string => readFileSync(root + path, 'utf8');

/** A fenced block. `info` is what follows the opening backticks, in words. */
export interface Fence {
  readonly info: readonly string[];
  readonly lines: readonly string[];
  /** Line of the document, 1-based, on which it opens. */
  readonly line: number;
}

export function fencesOf(text: string): Fence[] {
  const fences: Fence[] = [];
  let open: {info: string[]; lines: string[]; line: number} | null = null;
  for (const [i, line] of text.split('\n').entries()) {
    const mark = /^```(.*)$/.exec(line);
    if (open === null) {
      if (mark) open = {info: mark[1]!.trim().split(/\s+/), lines: [], line: i + 1};
    } else if (mark) {
      fences.push(open);
      open = null;
    } else open.lines.push(line);
  }
  if (open !== null) throw new Error(`the block of line ${open.line} is not closed`);
  return fences;
}
