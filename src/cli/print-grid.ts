import type {Grid} from '../report/grid.js';
import {toCsv, toJson, toMarkdown, toText} from '../report/table.js';
import {paintFor} from './paint.js';

/** The forms of a table that a command can be asked for; text if none. */
export interface GridOptions {
  readonly json?: boolean;
  readonly csv?: boolean;
  readonly md?: boolean;
}

export function printGrid(grid: Grid, {json, csv, md}: GridOptions): string {
  if (json === true) return toJson(grid);
  if (csv === true) return toCsv(grid);
  if (md === true) return toMarkdown(grid);
  const paint = paintFor(process.stdout);
  return toText(grid, {
    width: process.stdout.isTTY ? process.stdout.columns : Infinity,
    dim: text => paint('dim', text),
  });
}
