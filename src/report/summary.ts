import {groupBy} from '../stages/plot/tidy.js';
import type {Row, Table} from '../stages/ports.js';
import type {Grid} from './grid.js';
import {summary} from './grid.js';

/**
 * The tables of a run side by side: one row per layer, one column per table, named by its label. A cell is the table's default
 * value at the largest fraction, of a spectrum at its first rank: mean and standard deviation over repeats, groups and tokens where
 * there are several, and the status in words where it is undefined. Layers stand in the order of the forward pass. Tables without
 * layers or a default value are left out.
 */
export function layerTable(tables: readonly Table[]): Grid {
  const shown = tables.flatMap(({label, value, columns, rows}) => {
    if (value === null || !columns.some(c => c.name === 'layer')) return [];
    const name = label === 'layer' ? `layer.${value}` : label;
    return [{name, value, layers: groupBy(rows, row => String(row['layer']))}];
  });
  const order = mergedOrder(
    shown.map(({layers}) => [...layers].map(([layer, [row]]) => ({layer, depth: Number(row!['depth'])}))),
  );
  return {
    columns: [{name: 'layer'}, ...shown.map(({name}) => ({name}))],
    rows: order.map(layer => {
      const cells = shown.map(({name, value, layers}) => {
        return [name, summary(atLargestFraction(firstRank(layers.get(layer) ?? [])), value)] as const;
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

/** Of rows that go along ranks, those of the first, and those without one, which say why there is none. */
const firstRank = (rows: readonly Row[]): readonly Row[] => rows.filter(({rank}) => (rank ?? 1) === 1);
