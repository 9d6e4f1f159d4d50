import {questionOf} from '../../stages/plot/questions.js';
import type {Table} from '../../stages/ports.js';
import type {Cell, Grid} from '../grid.js';
import {summary} from '../grid.js';
import {layerTable} from '../summary.js';
import {formatCell} from '../text-column.js';
import type {Parameter} from './parameters.js';

export interface ComparedRun {
  /** Unique. */
  readonly name: string;
  readonly parameters: ReadonlyMap<string, Parameter>;
  readonly tables: readonly Table[];
}

interface NamedColumn {
  readonly name: string;
  readonly cells: readonly Cell[];
}

/**
 * A row for each run: the parameters that are not the same in all of them, then what each table says of its last layer, as in
 * `layerTable`. A parameter that only hands on another (`stages.id.k`, written as `${params.k}`) is left out.
 *
 * @param onlyChanged leaves out results that are the same in all runs
 */
export function compareRuns(runs: readonly ComparedRun[], {onlyChanged = false} = {}): Grid {
  const results = resultColumns(runs).filter(({cells}) => !onlyChanged || !allEqualCells(cells));
  const columns = [{name: 'run', cells: runs.map(r => r.name)}, ...changedParameters(runs), ...results];
  return {
    columns: columns.map(({name}) => ({name})),
    rows: runs.map((_, i) => Object.fromEntries(columns.map(({name, cells}) => [name, cells[i]!]))),
  };
}

/**
 * The results of one stage: a row for each layer, a column for each run. Runs without that table are left out.
 *
 * @param onlyChanged leaves out layers whose results are the same in all runs
 */
export function compareLayers(runs: readonly ComparedRun[], stage: string, {onlyChanged = false} = {}): Grid {
  const tables = runs.flatMap(({name, tables: all}) => {
    const table = all.find(t => t.label === stage);
    return table === undefined ? [] : [{...table, label: name}];
  });
  const {columns, rows} = layerTable(tables);
  const results = columns.slice(1).map(c => c.name);
  return {columns, rows: rows.filter(row => !onlyChanged || !allEqualCells(results.map(name => row[name]!)))};
}

function changedParameters(runs: readonly ComparedRun[]): NamedColumn[] {
  const names = distinct(runs.map(r => [...r.parameters.keys()]));
  const changed = names.filter(name => {
    const found = runs.map(r => r.parameters.get(name)?.identity);
    // What a stage has follows from its kind, or from its version; where it is not there, that is told already.
    const within = name.startsWith('versions.') || /^stages\.[^.]+\./.test(name);
    return !allEqual(within ? found.filter(f => f !== undefined) : found);
  });
  const columns = changed.map(name => ({name, cells: distinctly(runs.map(r => r.parameters.get(name)))}));
  const given = columns.filter(c => c.name.startsWith('params.'));
  return columns.filter(c => !c.name.startsWith('stages.') || !given.some(g => handsOn(c.cells, g.cells)));
}

/** Values as they are shown; of files that have one name but not the same content, with the start of a digest that tells. */
function distinctly(parameters: readonly (Parameter | undefined)[]): Parameter['value'][] {
  const digests = (p: Parameter): string[] => p.identity.match(/[0-9a-f]{64}/g) ?? [];
  return parameters.map(p => {
    if (p === undefined) return null;
    const twin = parameters.find(q => q?.value === p.value && q.identity !== p.identity);
    const own = twin && digests(p).find(d => !digests(twin).includes(d));
    return own === undefined ? p.value : `${String(p.value)} (${own.slice(0, 8)})`;
  });
}

/** Whether a stage's parameter is the experiment's in every run, or a text that has it in it. */
function handsOn(cells: readonly Cell[], given: readonly Cell[]): boolean {
  return cells.every((cell, i) => {
    const from = given[i]!;
    if (typeof cell === 'string' && typeof from === 'string' && from !== '') return cell.includes(from);
    return cell === from;
  });
}

function resultColumns(runs: readonly ComparedRun[]): NamedColumn[] {
  return distinct(runs.map(r => r.tables.map(t => t.label))).flatMap(label => {
    const ends = runs.map(r => {
      const table = r.tables.find(t => t.label === label);
      return table === undefined ? null : resultOf(table);
    });
    const places = new Set(ends.flatMap(e => (e === null ? [] : [e.place])));
    if (places.size === 0) return [];
    const place = places.size === 1 ? [...places][0]! : '@last';
    return [{name: `${label}${place}`, cells: ends.map(e => e?.cell ?? null)}];
  });
}

/** The last layer's value, or that of the whole table if it has no layers; null for a table without a value to show, or of pairs. */
function resultOf(table: Table): {place: string; cell: Cell} | null {
  if (table.value === null || questionOf(table.rows) === 'other') return null;
  const {columns, rows} = layerTable([table]);
  const last = rows.at(-1);
  const [layer, result] = columns;
  if (last !== undefined && result !== undefined)
    return {place: `@${formatCell(last[layer!.name]!)}`, cell: last[result.name]!};
  return {place: `.${table.value}`, cell: summary(table.rows, table.value)};
}

const allEqual = (list: readonly unknown[]): boolean => new Set(list).size <= 1;

const allEqualCells = (cells: readonly Cell[]): boolean => allEqual(cells.map(cell => JSON.stringify(cell)));

const distinct = (lists: readonly (readonly string[])[]): string[] => [...new Set(lists.flat())];
