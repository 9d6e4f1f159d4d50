import type {Column, Table} from '../stages/ports.js';
import {variantOf} from './variant-label.js';

const VARIANT: Column = {name: 'variant', type: 'string', description: 'variant of the sweep'};

/**
 * One table for all variants that have a stage, with a column `variant` in front, in place of one table for each; tables of the
 * experiment itself stay as they are. What only some variants have is absent in the rows of others. The value is the one that all have.
 */
export function mergeVariants(tables: readonly Table[]): Table[] {
  const merged = new Map<string, Table>();
  for (const table of tables) {
    const of = variantOf(table.label);
    if (of === null) merged.set(table.label, table);
    else merged.set(of.label, joined(merged.get(of.label), {...table, label: of.label}, of.variant));
  }
  return [...merged.values()];
}

function joined(before: Table | undefined, table: Table, variant: string): Table {
  const rows = table.rows.map(row => ({variant, ...row}));
  if (before === undefined) return {...table, columns: [VARIANT, ...table.columns], rows};
  const known = new Set(before.columns.map(c => c.name));
  return {
    label: table.label,
    columns: [...before.columns, ...table.columns.filter(c => !known.has(c.name))],
    rows: [...before.rows, ...rows],
    value: before.value === table.value ? table.value : null,
  };
}
