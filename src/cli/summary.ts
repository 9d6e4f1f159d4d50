import type {StageResult} from '../runner/execute.js';
import {variantOf} from '../runner/variant-label.js';
import {valueOf} from '../stages/catalogue.js';
import type {Opened} from './open.js';
import {openTable} from './tables.js';
import {layerTable} from '../report/summary.js';
import {toText} from '../report/table.js';
import {join} from 'node:path';

/** What a run ends with: the results by layer, and where the figures are. */
export async function summarize(
  {store, plan}: Opened,
  results: ReadonlyMap<string, StageResult>,
  folder: string,
  dim: (text: string) => string,
  width: number,
): Promise<string> {
  const lines: string[] = [];
  const tables = [];
  for (const [label, {manifest}] of results) {
    const {entry, params} = plan.stages.get(label)!.node;
    // A run of the sweep itself leaves the tables of its variants to them.
    if (manifest?.type === 'table' && variantOf(label) === null)
      tables.push(await openTable(store, label, manifest.parts[0]!, valueOf(entry, params)));
  }
  const byLayer = tables.filter(t => t.value !== null && t.columns.some(c => c.name === 'layer'));
  const grid = layerTable(byLayer);
  if (grid.rows.length > 0) lines.push('', toText(grid, {width, dim}));
  const figures = [...results].filter(([, r]) => r.manifest?.type === 'figure').map(([label]) => label);
  if (figures.length > 0)
    lines.push('', ...figures.map(label => `figure  ${join(folder, 'figures', `${label}.png`)}`));
  return lines.map(line => `${line}\n`).join('');
}
