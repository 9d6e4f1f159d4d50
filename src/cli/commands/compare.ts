import {realpathSync} from 'node:fs';
import {relative} from 'node:path';
import {fail} from '../../diagnostics/diagnostic.js';
import {suggestion} from '../../diagnostics/suggest.js';
import type {ComparedRun} from '../../report/compare/compare.js';
import {compareLayers, compareRuns} from '../../report/compare/compare.js';
import {parametersOf} from '../../report/compare/parameters.js';
import type {Grid} from '../../report/grid.js';
import {sortRows} from '../../report/sort.js';
import type {RunRecord} from '../../runner/run-folder.js';
import {findRun, readRun} from '../../runner/run-folder.js';
import type {GridOptions} from '../print-grid.js';
import {printGrid} from '../print-grid.js';
import {openTables, tableLabels} from '../tables.js';
import {outputsFolder} from '../workspace.js';

interface Options extends GridOptions {
  readonly onlyChanged?: boolean;
  readonly sort?: string;
  readonly byLayer?: string;
}

interface Found {
  readonly folder: string;
  readonly record: RunRecord;
}

/** `strata compare RUN RUN...` */
export async function compare(words: string[], options: Options): Promise<number> {
  const {byLayer, sort, onlyChanged = false} = options;
  const found = findRuns(words);
  const runs: ComparedRun[] = [];
  for (const [i, {record}] of found.entries()) {
    const labels = tableLabels(record).filter(label => byLayer === undefined || label === byLayer);
    runs.push({
      name: namesOf(found)[i]!,
      parameters: parametersOf(record),
      tables: await openTables(record, labels),
    });
  }
  const sorted = (grid: Grid): Grid => (sort === undefined ? grid : sortRows(grid, sort));
  if (byLayer === undefined) {
    process.stdout.write(`${printGrid(sorted(compareRuns(runs, {onlyChanged})), options)}\n`);
    return 0;
  }
  if (runs.every(r => r.tables.length === 0)) failStage(byLayer, found);
  const grid = compareLayers(runs, byLayer);
  const {json, csv, md} = options;
  // What tells the runs apart is only for people to read.
  if (json !== true && csv !== true && md !== true) {
    const told = compareRuns(runs.map(r => ({...r, tables: []})));
    process.stdout.write(`${printGrid(told, options)}\n\n`);
  }
  process.stdout.write(`${printGrid(sorted(grid), options)}\n`);
  return 0;
}

/** The runs that the words name, each once. */
function findRuns(words: readonly string[]): Found[] {
  const outputs = outputsFolder();
  const folders = new Set(words.map(word => realpathSync(findRun(outputs, word))));
  if (folders.size < 2)
    fail('E724', `two or more runs are compared, not only ${relative('.', [...folders][0]!)}`, {
      hint: 'name others by their ids, such as the folders beside it, or by their paths',
    });
  return [...folders].map(folder => ({folder, record: readRun(folder)}));
}

/** The shortest names that tell the runs apart: their ids, with their experiments, or their paths. */
function namesOf(found: readonly Found[]): string[] {
  const ids = found.map(f => f.record.run);
  const long = found.map(f => `${f.record.experiment.name}/${f.record.run}`);
  const paths = found.map(f => relative('.', f.folder));
  const distinct = (names: readonly string[]): boolean => new Set(names).size === names.length;
  if (distinct(ids) && new Set(found.map(f => f.record.experiment.name)).size === 1) return ids;
  return distinct(long) ? long : paths;
}

function failStage(stage: string, found: readonly Found[]): never {
  const labels = [...new Set(found.flatMap(f => tableLabels(f.record)))];
  const hint = suggestion(stage, labels, 'stages with a table');
  fail('E713', `none of the runs has a table of a stage "${stage}"`, hint === null ? {} : {hint});
}
