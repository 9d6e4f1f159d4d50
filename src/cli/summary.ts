import type {StageResult} from '../runner/execute.js';
import type {Paint} from './reporters/plain.js';
import {duration} from './reporters/plain.js';
import type {Opened} from './open.js';
import {openTable} from './tables.js';
import {layerTable} from '../report/summary.js';
import {toText} from '../report/table.js';
import {join} from 'node:path';

/** What a run ends with: the results by layer, where the figures are, and what was done. */
export async function summarize(
  {store, plan}: Opened,
  results: ReadonlyMap<string, StageResult>,
  folder: string,
  paint: Paint,
  width: number,
): Promise<string> {
  const lines: string[] = [];
  const tables = [];
  for (const [label, {manifest}] of results) {
    const {entry} = plan.stages.get(label)!.node;
    if (manifest?.type === 'table')
      tables.push(await openTable(store, label, manifest.parts[0]!, entry.value));
  }
  const byLayer = tables.filter(t => t.value !== null && t.columns.some(c => c.name === 'layer'));
  if (byLayer.length > 0)
    lines.push('', toText(layerTable(byLayer), {width, dim: text => paint('dim', text)}));
  const figures = [...results].filter(([, r]) => r.manifest?.type === 'figure').map(([label]) => label);
  if (figures.length > 0)
    lines.push('', ...figures.map(label => `figure  ${join(folder, 'figures', `${label}.png`)}`));
  return `${[...lines, '', closing(results, folder)].join('\n')}\n`;
}

/** One line: how many stages were cached, ran, failed, and where everything is. */
function closing(results: ReadonlyMap<string, StageResult>, folder: string): string {
  const all = [...results.values()];
  const count = (outcome: string): number => all.filter(r => r.outcome === outcome).length;
  const words = {
    ran: 'ran',
    'cut-off': 'cut off',
    failed: 'failed',
    skipped: 'skipped',
    cancelled: 'cancelled',
  };
  if (count('cached') === all.length) return `everything was cached (${all.length} stages): ${folder}`;
  const parts = Object.entries(words).flatMap(([o, word]) => (count(o) > 0 ? [`${count(o)} ${word}`] : []));
  const took = all.reduce((sum, r) => sum + r.seconds, 0);
  return `${[`${count('cached')} cached`, ...parts].join(', ')} in ${duration(took)}: ${folder}`;
}
