import {relative} from 'node:path';
import {fail} from '../../diagnostics/diagnostic.js';
import {suggestion} from '../../diagnostics/suggest.js';
import {layerTable} from '../../report/summary.js';
import {findRun, readRun} from '../../runner/run-folder.js';
import type {Table} from '../../stages/ports.js';
import type {GridOptions} from '../print-grid.js';
import {printGrid} from '../print-grid.js';
import {openTables, tableLabels} from '../tables.js';
import {outputsFolder} from '../workspace.js';

/** `strata show RUN [STAGE]` */
export async function show(run: string, stage: string | undefined, options: GridOptions): Promise<number> {
  const folder = findRun(outputsFolder(), run);
  const record = readRun(folder);
  const labels = tableLabels(record);
  if (stage !== undefined && !labels.includes(stage)) {
    const hint = suggestion(stage, labels, 'stages with a table');
    fail('E713', `run ${record.run} has no table of a stage "${stage}"`, hint === null ? {} : {hint});
  }
  const tables = await openTables(record, stage === undefined ? labels : [stage]);
  process.stdout.write(
    `${stage === undefined ? overview(tables, folder, options) : printGrid(tables[0]!, options)}\n`,
  );
  return 0;
}

/** What there is to see where nothing can be joined by layer. */
const without = (tables: readonly Table[]): string =>
  tables.length === 0
    ? 'no tables'
    : `no table by layer; name one to see it: ${tables.map(({label}) => label).join(', ')}`;

/** All tables of a run, joined by layer where they have layers. */
function overview(tables: readonly Table[], folder: string, options: GridOptions): string {
  if (options.json === true)
    return JSON.stringify(Object.fromEntries(tables.map(t => [t.label, t.rows])), null, 1);
  const byLayer = tables.filter(t => t.value !== null && t.columns.some(c => c.name === 'layer'));
  const grid = layerTable(byLayer);
  const text = grid.rows.length === 0 ? without(tables) : printGrid(grid, options);
  return options.csv === true || options.md === true ? text : `${relative('.', folder)}\n\n${text}`;
}
