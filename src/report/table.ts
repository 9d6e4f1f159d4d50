import type {Cell, Grid} from './grid.js';
import {isSpread} from './grid.js';
import type {TextColumn} from './text-column.js';
import {cutColumn, cutText, formatCell, textColumn} from './text-column.js';

export interface TextOptions {
  /** Characters that a line may take. Default: no limit. */
  readonly width?: number;
  /** Paints the header and the note at the end. Default: plain. */
  readonly dim?: (text: string) => string;
}

/** Between two columns. */
const GUTTER = '  ';
/** Text columns are not cut below this width. */
const MIN_TEXT = 8;

/**
 * Aligned columns with a header; numbers stand point under point with four significant digits. Columns without any value are
 * left out. To fit `width`, long texts are cut with an ellipsis first; then columns are left out from the right, and a last
 * line names them. No line has trailing spaces, and the last no newline.
 */
export function toText(grid: Grid, {width = Infinity, dim = text => text}: TextOptions = {}): string {
  const columns = grid.columns.flatMap(({name}) => {
    const cells = cellsOf(grid, name);
    return cells.length > 0 && cells.every(cell => cell === null) ? [] : [textColumn(name, cells)];
  });
  const {shown, left} = fit(columns, width);
  const [first, ...lines] = Array.from({length: grid.rows.length + 1}, (_, i) =>
    shown
      .map(column => column.lines[i]!)
      .join(GUTTER)
      .trimEnd(),
  );
  const note = left.length > 0 ? [`${left.length} more: ${left.map(c => c.name).join(', ')}`] : [];
  return [dim(first!), ...lines, ...note.map(text => dim(cutText(text, width)))].join('\n');
}

/** As RFC 4180, but for `\n` between lines; full precision. A column of means is followed by their deviations, `NAME_std`. */
export function toCsv(grid: Grid): string {
  const names = grid.columns.map(c => c.name);
  const spread = new Set(names.filter(name => cellsOf(grid, name).some(isSpread)));
  const lines = grid.rows.map(row =>
    names.flatMap(name => {
      const cell = row[name] ?? null;
      if (isSpread(cell)) return [cell.mean, cell.std];
      return spread.has(name) ? [cell, null] : [cell];
    }),
  );
  const header = names.flatMap(name => (spread.has(name) ? [name, `${name}_std`] : [name]));
  return [header, ...lines].map(cells => cells.map(csvField).join(',')).join('\n');
}

/** A list of objects by column, one a line, full precision; a mean is `{"mean": ..., "std": ...}`. */
export function toJson(grid: Grid): string {
  const objects = grid.rows.map(row =>
    JSON.stringify(Object.fromEntries(grid.columns.map(({name}) => [name, row[name] ?? null]))),
  );
  return `[${objects.map(object => `\n  ${object}`).join(',')}\n]`;
}

/** A Markdown table with numbers as in `toText`; their columns are aligned right. */
export function toMarkdown(grid: Grid): string {
  const names = grid.columns.map(c => c.name);
  const rule = names.map(name => (textColumn(name, cellsOf(grid, name)).numeric ? '---:' : '---'));
  const rows = grid.rows.map(row => names.map(name => escapeMarkdown(formatCell(row[name] ?? null))));
  return [names.map(escapeMarkdown), rule, ...rows].map(cells => `| ${cells.join(' | ')} |`).join('\n');
}

const cellsOf = (grid: Grid, name: string): Cell[] => grid.rows.map(row => row[name] ?? null);

/** Cuts text columns, widest first, then leaves columns out from the right; the first always stays. */
function fit(columns: readonly TextColumn[], width: number): {shown: TextColumn[]; left: TextColumn[]} {
  const shown = [...columns];
  const excess = (): number =>
    shown.reduce((sum, column) => sum + column.width, GUTTER.length * (shown.length - 1)) - width;
  while (excess() > 0) {
    const texts = shown.filter(column => !column.numeric && column.width > MIN_TEXT);
    if (texts.length === 0) break;
    const widest = texts.reduce((a, b) => (b.width > a.width ? b : a));
    shown[shown.indexOf(widest)] = cutColumn(widest, widest.width - 1);
  }
  const left: TextColumn[] = [];
  while (excess() > 0 && shown.length > 1) left.unshift(shown.pop()!);
  return {shown, left};
}

function csvField(cell: Exclude<Cell, object>): string {
  const text = String(cell ?? '');
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const escapeMarkdown = (text: string): string =>
  text.replaceAll('\\', '\\\\').replaceAll('|', '\\|').replaceAll('\n', ' ');
