import {existsSync, readdirSync, realpathSync} from 'node:fs';
import {basename, dirname, join, relative} from 'node:path';
import {fail} from '../../diagnostics/diagnostic.js';
import {suggestion} from '../../diagnostics/suggest.js';
import type {ComparedRun} from '../../report/compare/compare.js';
import {compareLayers, compareRuns} from '../../report/compare/compare.js';
import {parametersOf} from '../../report/compare/parameters.js';
import type {Grid} from '../../report/grid.js';
import {sortRows} from '../../report/sort.js';
import type {RunRecord} from '../../runner/run-folder.js';
import {findRun, latestRun, readRun} from '../../runner/run-folder.js';
import {readSweep} from '../../runner/sweep-record.js';
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
  const names = namesOf(found);
  for (const [i, {record}] of found.entries()) {
    const labels = tableLabels(record).filter(label => byLayer === undefined || label === byLayer);
    runs.push({
      name: names[i]!,
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
  const grid = compareLayers(runs, byLayer, {onlyChanged});
  const {json, csv, md} = options;
  // What tells the runs apart is only for people to read.
  if (json !== true && csv !== true && md !== true) {
    const told = compareRuns(runs.map(r => ({...r, tables: []})));
    process.stdout.write(`${printGrid(told, options)}\n\n`);
  }
  process.stdout.write(`${printGrid(sorted(grid), options)}\n`);
  return 0;
}

/** The runs that the words name, each once: of a sweep the latest of every variant that has run. */
function findRuns(words: readonly string[]): Found[] {
  const outputs = outputsFolder();
  const folders = new Set(
    words.flatMap(word => foldersOf(outputs, word)).map(folder => realpathSync(folder)),
  );
  if (folders.size < 2) failAlone([...folders][0]!);
  return [...folders].map(folder => ({folder, record: readRun(folder)}));
}

function foldersOf(outputs: string, word: string): string[] {
  const variants = Object.keys(readSweep(outputs, word) ?? {});
  const latest = variants.flatMap(id => latestRun(outputs, `${word}/${id}`) ?? []);
  return latest.length > 0 ? latest : [findRun(outputs, word)];
}

/** More runs than this are not listed in a hint. */
const LISTED = 8;

function failAlone(folder: string): never {
  const beside = readdirSync(dirname(folder)).filter(
    name =>
      name !== 'latest' && name !== basename(folder) && existsSync(join(folder, '..', name, 'run.json')),
  );
  const others = beside.sort().reverse().slice(0, LISTED).join(', ');
  fail('E724', `two runs or more are compared, not ${relative('.', folder)} alone`, {
    hint: others === '' ? 'there is no other run of this experiment' : `others of this experiment: ${others}`,
  });
}

/** Short names that tell the runs apart: the ids of variants or of runs, names of experiments, or both, or paths. */
function namesOf(found: readonly Found[]): string[] {
  const experiments = found.map(f => f.record.experiment.name);
  const runs = found.map(f => f.record.run);
  const sweep = /^.*\//.exec(experiments[0]!)?.[0] ?? '';
  const candidates = [
    ...(experiments.every(name => name.startsWith(sweep))
      ? [experiments.map(name => name.slice(sweep.length))]
      : []),
    experiments,
    ...(new Set(experiments).size === 1 ? [runs] : []),
    found.map((_, i) => `${experiments[i]!}/${runs[i]!}`),
  ];
  const tells = (names: readonly string[]): boolean => new Set(names).size === names.length;
  return candidates.find(tells) ?? found.map(f => relative('.', f.folder));
}

function failStage(stage: string, found: readonly Found[]): never {
  const labels = [...new Set(found.flatMap(f => tableLabels(f.record)))];
  const hint = suggestion(stage, labels, 'stages with a table');
  fail('E713', `none of the runs has a table of a stage "${stage}"`, hint === null ? {} : {hint});
}
