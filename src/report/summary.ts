import {answers, questionOf, wholes} from '../stages/plot/questions.js';
import {groupBy} from '../stages/plot/tidy.js';
import type {Row, Table} from '../stages/ports.js';
import type {Grid} from './grid.js';
import {summary} from './grid.js';

/**
 * The tables of a run side by side: one row per layer, one column per table, named by its label. A cell is the table's default
 * value at the largest fraction: mean and standard deviation over repeats and tokens, and over groups if no row is of all of them,
 * and the status in words where it is undefined. Of several ranges, scales or ranks the first is shown, and named. Layers stand in
 * the order of the forward pass. Tables without layers or a default value are left out, and those of pairs, which need a matrix.
 */
export function layerTable(tables: readonly Table[]): Grid {
  const shown = tables.flatMap(({label, value, columns, rows}) => {
    if (value === null || !columns.some(c => c.name === 'layer')) return [];
    const question = questionOf(rows);
    if (question === 'other') return [];
    const first = question === null ? null : answers(rows, question)[0];
    const asked = question === null ? rows : rows.filter(row => (row[question] ?? first) === first);
    const name = `${label === 'layer' ? `layer.${value}` : label}${question === null ? '' : ` (${question} ${String(first)})`}`;
    return [{name, value, layers: groupBy(asked, row => String(row['layer']))}];
  });
  const order = mergedOrder(
    shown.map(({layers}) => [...layers].map(([layer, [row]]) => ({layer, depth: Number(row!['depth'])}))),
  );
  return {
    columns: [{name: 'layer'}, ...shown.map(({name}) => ({name}))],
    rows: order.map(layer => {
      const cells = shown.map(({name, value, layers}) => {
        return [name, summary(wholes(atLargestFraction(layers.get(layer) ?? [])), value)] as const;
      });
      return Object.fromEntries([['layer', layer], ...cells]);
    }),
  };
}

/**
 * All layers of several tables, each table's own order kept: tables of networks of different depth share the names of
 * layers but not their depths. A table's first layers that no other has go by depth.
 */
function mergedOrder(tables: readonly (readonly {layer: string; depth: number}[])[]): string[] {
  const merged: {layer: string; depth: number}[] = [];
  for (const table of [...tables].sort((a, b) => b.length - a.length)) {
    let at: number | null = null;
    for (const entry of table) {
      const known = merged.findIndex(m => m.layer === entry.layer);
      if (known >= 0) at = known;
      else {
        const deeper = merged.findIndex(m => m.depth > entry.depth);
        at = at !== null ? at + 1 : deeper < 0 ? merged.length : deeper;
        merged.splice(at, 0, entry);
      }
    }
  }
  return merged.map(m => m.layer);
}

function atLargestFraction(rows: readonly Row[]): readonly Row[] {
  const fraction = (row: Row): number => Number(row['fraction'] ?? 1);
  const largest = Math.max(...rows.map(fraction));
  return rows.filter(row => fraction(row) === largest);
}
