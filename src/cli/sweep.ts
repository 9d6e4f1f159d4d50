import {join, relative} from 'node:path';
import type {Variant} from '../config/load.js';
import {compareRuns} from '../report/compare/compare.js';
import {parametersOf} from '../report/compare/parameters.js';
import {toText} from '../report/table.js';
import type {Event} from '../runner/events.js';
import {latestRun, readRun} from '../runner/run-folder.js';
import {SweepRecord} from '../runner/sweep-record.js';
import type {Opened, OpenedFile} from './open.js';
import {paintFor} from './paint.js';
import {openTables, tableLabels} from './tables.js';
import {experimentName} from './variants.js';
import {stageLine} from './reporters/plain.js';

/**
 * Runs the variants of a sweep one after another; what they share is run by the first and known to the others. A failed
 * variant does not stop the sweep. Ends with a table of all, and the plots that show all. Gives the exit code.
 *
 * @param runPlanned runs one experiment, prints what happens, and gives the exit code
 */
export async function runSweep(
  opened: OpenedFile,
  runPlanned: (opened: Opened) => Promise<number>,
  json: boolean,
  signal: AbortSignal,
): Promise<number> {
  const {variants, outputs, planTogether} = opened;
  const paint = paintFor(process.stdout);
  const name = experimentName(variants[0]!);
  const record = SweepRecord.open(outputs, name);
  const changes = (id: string): Variant['changes'] => variants.find(v => v.id === id)!.changes;
  record.set(
    variants.map(v => v.id!),
    changes,
    'planned',
  );
  let code = 0;
  let failed: string | null = null;
  for (const [i, variant] of variants.entries()) {
    const id = variant.id!;
    if (!json)
      process.stdout.write(`${i === 0 ? '' : '\n'}${paint('bold', `${i + 1}/${variants.length} ${id}`)}\n`);
    record.set([id], changes, 'running');
    const ended = await runPlanned(await opened.plan(variant));
    if (signal.aborted) return 130;
    record.set([id], changes, ended === 0 ? 'done' : 'failed');
    if (ended !== 0) failed ??= id;
    code = Math.max(code, ended);
  }
  if (!json) process.stdout.write(`\n${await table(outputs, variants)}\n`);
  if (planTogether === null) return code;
  if (!json) process.stdout.write(`\n${paint('bold', 'all variants')}\n`);
  if (failed === null) return runPlanned(await planTogether());
  const skipped = variants[0]!.together.map(({label}) => skippedFor(label, failed));
  process.stdout.write(
    skipped.map(event => `${json ? JSON.stringify(event) : stageLine(event, 0, paint)}\n`).join(''),
  );
  return code;
}

/** A plot of all variants that is not drawn, because of one of them. */
const skippedFor = (stage: string, because: string): Extract<Event, {type: 'stage-finished'}> => ({
  type: 'stage-finished',
  stage,
  outcome: 'skipped',
  seconds: 0,
  reason: null,
  because,
});

/** What the variants changed and what came of it. */
async function table(outputs: string, variants: readonly Variant[]): Promise<string> {
  const runs = [];
  for (const {id, experiment} of variants) {
    const folder = latestRun(outputs, experiment.name);
    if (folder === undefined) continue;
    const run = readRun(folder);
    runs.push({name: id!, parameters: parametersOf(run), tables: await openTables(run, tableLabels(run))});
  }
  const paint = paintFor(process.stdout);
  const grid = compareRuns(runs, {onlyChanged: true});
  const where = relative('.', join(outputs, experimentName(variants[0]!)));
  return `${toText(grid, {dim: text => paint('dim', text)})}\n\n${variants.length} variants: ${where}`;
}
