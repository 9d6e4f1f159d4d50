import {groupBy} from '../stages/plot/tidy.js';
import type {Row, Table} from '../stages/ports.js';
import type {Grid} from './grid.js';
import {summary} from './grid.js';

/**
 * The tables of a run side by side: one row per layer, one column per table, named by its label. A cell is the table's default
 * value at the largest fraction: mean and standard deviation over repeats, groups and tokens where there are several, and the
 * status in words where it is undefined. Layers stand in the order of the forward pass: by depth, which layers of one model
 * have in common whatever other layers were extracted with them, then by index. Tables without layers or a default value are
 * left out.
 */
export function layerTable(tables: readonly Table[]): Grid {
  const shown = tables.flatMap(({label, value, columns, rows}) => {
    if (value === null || !columns.some(c => c.name === 'layer')) return [];
    const name = label === 'layer' ? `layer.${value}` : label;
    return [{name, value, layers: groupBy(rows, row => String(row['layer']))}];
  });
  const place = new Map<string, readonly [depth: number, index: number]>();
  for (const {layers} of shown)
    for (const [layer, [row]] of layers)
      if (!place.has(layer)) place.set(layer, [Number(row!['depth']), Number(row!['index'])]);
  const order = [...place].sort(([, a], [, b]) => a[0] - b[0] || a[1] - b[1]).map(([layer]) => layer);
  return {
    columns: [{name: 'layer'}, ...shown.map(({name}) => ({name}))],
    rows: order.map(layer => {
      const cells = shown.map(({name, value, layers}) => {
        return [name, summary(atLargestFraction(layers.get(layer) ?? []), value)] as const;
      });
      return Object.fromEntries([['layer', layer], ...cells]);
    }),
  };
}

function atLargestFraction(rows: readonly Row[]): readonly Row[] {
  const fraction = (row: Row): number => Number(row['fraction'] ?? 1);
  const largest = Math.max(...rows.map(fraction));
  return rows.filter(row => fraction(row) === largest);
}
