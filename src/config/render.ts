import {core} from './scalar.js';
import type {Pointer} from './value.js';

/** A line of YAML, and the path of the value that it holds; a map or list that goes on below has its key alone. */
export interface Line {
  readonly text: string;
  readonly path: Pointer;
  readonly opens: boolean;
}

/** Words that need no quotes anywhere, less those that mean something else than a text. */
const BARE = /^(?:\.{0,2}\/|[A-Za-z_])[\w./@+-]*$/;

/**
 * Plain data as YAML, that this language reads as the same data: what is a text stays one whatever it looks like, and
 * has no references. Every key of a map has a line, and so has every item of a list that `spread` chooses.
 */
export function render(
  data: unknown,
  spread: (list: readonly unknown[], path: Pointer) => boolean = () => false,
): Line[] {
  const lines: Line[] = [];
  const write = (head: string, value: unknown, path: Pointer, indent: string): void => {
    const items = itemsOf(value);
    if (
      items === null ||
      items.length === 0 ||
      (Array.isArray(value) && !nested(value) && !spread(value, path))
    ) {
      lines.push({text: `${head} ${flow(value)}`, path, opens: false});
      return;
    }
    lines.push({text: head, path, opens: true});
    for (const [key, item] of items) {
      const next = Array.isArray(value) ? `${indent}-` : `${indent}${keyOf(String(key))}:`;
      write(next, item, [...path, key], `${indent}  `);
    }
  };
  for (const [key, item] of itemsOf(data) ?? []) write(`${keyOf(String(key))}:`, item, [key], '  ');
  return lines;
}

/** The keys and values of a map, the indices and items of a list; null if it is neither. */
function itemsOf(value: unknown): [string | number, unknown][] | null {
  if (typeof value !== 'object' || value === null) return null;
  return Array.isArray(value) ? [...value.entries()] : Object.entries(value);
}

/** Whether a list has a map in it. */
const nested = (list: readonly unknown[]): boolean =>
  list.some(item => (Array.isArray(item) ? nested(item) : itemsOf(item) !== null));

function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`;
  return itemsOf(value) === null ? scalar(value) : '{}';
}

function scalar(value: unknown): string {
  if (typeof value !== 'string') return Object.is(value, -0) ? '-0' : String(value);
  if (BARE.test(value) && core(value) === value) return value;
  return JSON.stringify(value).replaceAll('${', () => '$${');
}

/** A key is a text wherever it stands, and has no references. */
const keyOf = (key: string): string => (BARE.test(key) ? key : JSON.stringify(key));
