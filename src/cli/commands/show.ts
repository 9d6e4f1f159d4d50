import {relative} from 'node:path';
import {fail} from '../../diagnostics/diagnostic.js';
import {suggestion} from '../../diagnostics/suggest.js';
import {layerTable} from '../../report/summary.js';
import type {Grid} from '../../report/grid.js';
import {toCsv, toJson, toMarkdown, toText} from '../../report/table.js';
import {findRun, readRun} from '../../runner/run-folder.js';
import type {Table} from '../../stages/ports.js';
import {Store} from '../../store/store.js';
import {paintFor} from '../paint.js';
import {loadCatalogue} from '../schemas.js';
import {openTable} from '../tables.js';
import {outputsFolder} from '../workspace.js';

interface Options {
  readonly json?: boolean;
  readonly csv?: boolean;
  readonly md?: boolean;
}

/** `strata show RUN [STAGE]` */
export async function show(run: string, stage: string | undefined, options: Options): Promise<number> {
  const folder = findRun(outputsFolder(), run);
  const record = readRun(folder);
  const values = new Map(
    loadCatalogue().stages.map(e => [e.name === null ? e.kind : `${e.kind}/${e.name}`, e.value]),
  );
  const store = new Store(record.store);
  const labels = Object.keys(record.stages).filter(
    l => record.stages[l]!.type === 'table' && record.stages[l]!.parts.length > 0,
  );
  if (stage !== undefined && !labels.includes(stage)) {
    const hint = suggestion(stage, labels, 'stages with a table');
    fail('E713', `run ${record.run} has no table of a stage "${stage}"`, hint === null ? {} : {hint});
  }
  const tables: Table[] = [];
  for (const label of stage === undefined ? labels : [stage]) {
    const {parts, stage: id} = record.stages[label]!;
    tables.push(await openTable(store, label, parts[0]!, values.get(id) ?? null));
  }
  process.stdout.write(
    `${stage === undefined ? overview(tables, folder, options) : print(tables[0]!, options)}\n`,
  );
  return 0;
}

/** All tables of a run, joined by layer where they have layers. */
function overview(tables: readonly Table[], folder: string, options: Options): string {
  if (options.json === true)
    return JSON.stringify(Object.fromEntries(tables.map(t => [t.label, t.rows])), null, 1);
  const byLayer = tables.filter(t => t.value !== null && t.columns.some(c => c.name === 'layer'));
  const text = byLayer.length === 0 ? 'no tables' : print(layerTable(byLayer), options);
  return options.csv === true || options.md === true ? text : `${relative('.', folder)}\n\n${text}`;
}

function print(grid: Grid, {json, csv, md}: Options): string {
  if (json === true) return toJson(grid);
  if (csv === true) return toCsv(grid);
  if (md === true) return toMarkdown(grid);
  const paint = paintFor(process.stdout);
  return toText(grid, {
    width: process.stdout.isTTY ? process.stdout.columns : Infinity,
    dim: text => paint('dim', text),
  });
}
