import type {Cell} from './grid.js';
import {isSpread} from './grid.js';
import {formatNumber, formatSpread} from './number.js';

/** A column as text. */
export interface TextColumn {
  readonly name: string;
  /** Whether it holds numbers, and is set flush right. */
  readonly numeric: boolean;
  /** In characters. */
  readonly width: number;
  /** Header and cells, all of that width. */
  readonly lines: readonly string[];
}

export function textColumn(name: string, cells: readonly Cell[]): TextColumn {
  const numeric = cells.some(isNumber);
  const texts = numeric ? pointUnderPoint(cells) : cells.map(formatCell);
  const width = Math.max(...[name, ...texts].map(lengthOf));
  const pad = (text: string): string => {
    const space = ' '.repeat(width - lengthOf(text));
    return numeric ? space + text : text + space;
  };
  return {name, numeric, width, lines: [name, ...texts].map(pad)};
}

/** The same column, narrower; `width` is at least 1. */
export const cutColumn = (column: TextColumn, width: number): TextColumn => ({
  ...column,
  width,
  lines: column.lines.map(text => cutText(text, width)),
});

/** At most `width` characters, the last an ellipsis if more than spaces was lost. */
export function cutText(text: string, width: number): string {
  const characters = Array.from(text);
  if (characters.slice(width).every(c => c === ' ')) return characters.slice(0, width).join('');
  return `${characters.slice(0, width - 1).join('')}…`;
}

/** A cell to read: numbers with four significant digits, a dash for nothing. */
export function formatCell(cell: Cell): string {
  if (isSpread(cell)) return formatSpread(cell.mean, cell.std);
  return typeof cell === 'number' ? formatNumber(cell) : String(cell ?? '–');
}

const isNumber = (cell: Cell): boolean => typeof cell === 'number' || isSpread(cell);

/** Numbers padded on the right so that their points align when they are set flush right. */
function pointUnderPoint(cells: readonly Cell[]): string[] {
  const tail = (text: string): number => text.length - text.search(/[.e ]|$/);
  const texts = cells.map(formatCell);
  const longest = Math.max(...texts.map((text, i) => (isNumber(cells[i]!) ? tail(text) : 0)));
  return texts.map((text, i) => (isNumber(cells[i]!) ? text + ' '.repeat(longest - tail(text)) : text));
}

const lengthOf = (text: string): number => Array.from(text).length;
