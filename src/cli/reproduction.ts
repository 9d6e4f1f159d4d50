import {relative} from 'node:path';
import {jsonDiagnostics, printDiagnostic} from '../diagnostics/print.js';
import {formatNumber} from '../report/number.js';
import type {PartDifference} from '../runner/reproduce/part-difference.js';
import type {ChangedInput} from '../runner/reproduce/recorded-files.js';
import type {Reproduced, Verdict} from '../runner/reproduce.js';
import {isReproduced} from '../runner/reproduce.js';
import type {RunRecord} from '../runner/run-folder.js';
import {painterFor} from './paint.js';
import type {Paint} from './reporters/plain.js';

type Found = ReadonlyMap<string, Reproduced>;

/**
 * What came of running a run again, for people: a line for each stage, and below it what is not as it was.
 *
 * @param kept where the clean store has been left, null if it has not
 */
export function textOf(
  record: RunRecord,
  found: Found,
  tolerance: number,
  kept: string | null,
  paint: Paint,
): string {
  const labels = Math.max(...[...found.keys()].map(label => label.length));
  const words = Math.max(...[...found.values()].map(({verdict}) => wordOf(verdict, tolerance).length));
  const lines = [...found].flatMap(([label, {verdict, changed}]) => {
    const word = paint(colourOf(verdict), wordOf(verdict, tolerance).padEnd(words));
    const more = [detailOf(verdict), changed].filter(text => text !== null).join('; ');
    return [`${label.padEnd(labels)}  ${word}  ${paint('dim', more)}`.trimEnd(), ...below(verdict)];
  });
  const where = kept === null ? [] : [`the clean store is kept: ${relative('.', kept)}`];
  const name = `${record.experiment.name} ${record.run}`;
  const end = isReproduced(found) ? `${name} is reproduced` : `${name} is not reproduced`;
  return [...lines, '', `${end}: ${counts(found, tolerance)}`, ...where].map(line => `${line}\n`).join('');
}

/** The same for programs. */
export function jsonOf(record: RunRecord, found: Found, tolerance: number, kept: string | null): string {
  const stages = [...found].map(([label, {verdict, key, changed}]) => {
    const plain =
      verdict.is === 'failed' ? {...verdict, diagnostics: jsonDiagnostics(verdict.diagnostics)} : verdict;
    return [label, {...plain, key, recordedKey: record.stages[label]?.key ?? null, changed}] as const;
  });
  const {run, experiment} = record;
  const all = {
    run,
    experiment: experiment.name,
    reproduced: isReproduced(found),
    tolerance,
    kept,
    stages: Object.fromEntries(stages),
  };
  return `${JSON.stringify(all, null, 1)}\n`;
}

function wordOf(verdict: Verdict, tolerance: number): string {
  switch (verdict.is) {
    case 'close':
      return `within ${formatNumber(tolerance)}`;
    case 'other inputs':
      return verdict.inputs.some(input => input.is === 'missing') ? 'missing input' : 'changed input';
    case 'taken':
      return 'taken from the store';
    default:
      return verdict.is;
  }
}

function colourOf({is}: Verdict): Parameters<Paint>[0] {
  if (is === 'same' || is === 'close') return 'green';
  return is === 'taken' ? 'dim' : is === 'not run' ? 'yellow' : 'red';
}

function detailOf(verdict: Verdict): string | null {
  if (verdict.is === 'not run') return `needs ${verdict.because}`;
  return verdict.is === 'other inputs' ? verdict.inputs.map(inputText).join(', ') : null;
}

/** More names than this are counted. */
const NAMED = 3;

function inputText({path, files}: ChangedInput): string {
  const shown = relative('.', path);
  if (files.length === 0) return shown;
  const more = files.length > NAMED ? ` and ${files.length - NAMED} more` : '';
  return `${shown} (${files.slice(0, NAMED).join(', ')}${more})`;
}

function below(verdict: Verdict): string[] {
  if (verdict.is === 'failed') {
    const print = (d: (typeof verdict.diagnostics)[number]): string =>
      printDiagnostic(d, process.cwd(), painterFor(process.stdout));
    return verdict.diagnostics.flatMap(d => print(d).split('\n')).map(line => `  ${line}`);
  }
  if (verdict.is !== 'close' && verdict.is !== 'different') return [];
  return verdict.parts.flatMap(part => differenceLines(part)).map(line => `  ${line}`);
}

const rows = (count: number): string => `${count} row${count === 1 ? '' : 's'}`;

/** One line for each thing that is not as it was. */
function differenceLines(difference: PartDifference): string[] {
  const {part} = difference;
  switch (difference.kind) {
    case 'table': {
      const {missingRows, addedRows, missingColumns, addedColumns, columns} = difference;
      const lines = columns.map(({column, rows: differ, unlike, absolute, relative: share}) => {
        const numbers = `largest difference ${formatNumber(absolute)}, relative ${formatNumber(share)}`;
        const others = `not the same in ${rows(unlike)}`;
        const what = unlike === 0 ? numbers : unlike === differ ? others : `${numbers}; ${others}`;
        return `${part}.${column}: ${what}${unlike === differ ? '' : ` (in ${rows(differ)} of ${difference.rows})`}`;
      });
      if (missingRows > 0) lines.push(`${part}: ${rows(missingRows)} missing`);
      if (addedRows > 0) lines.push(`${part}: ${rows(addedRows)} added`);
      if (missingColumns.length > 0) lines.push(`${part}: missing columns ${missingColumns.join(', ')}`);
      if (addedColumns.length > 0) lines.push(`${part}: added columns ${addedColumns.join(', ')}`);
      return lines.length > 0 ? lines : [`${part}: the same cells in another order, or of another type`];
    }
    case 'layer':
      return [
        `${part}: largest difference ${formatNumber(difference.absolute)} among values up to ${formatNumber(difference.largest)}`,
      ];
    case 'shape':
      return [`${part}: shape ${difference.before.join(' x ')} -> ${difference.now.join(' x ')}`];
    case 'figure':
      return [
        difference.relative === null
          ? `${part}: shows something else`
          : `${part}: largest relative difference of a number ${formatNumber(difference.relative)}`,
      ];
    case 'missing':
    case 'added':
      return [`${part}: ${difference.kind}`];
    case 'content':
      return [`${part}: other content`];
    case 'lost':
      return [`${part}: other content; the recorded one is no longer in the store to tell how`];
  }
}

/** `3 same, 1 missing input`, in the order in which they come. */
function counts(found: Found, tolerance: number): string {
  const words = [...found.values()].map(({verdict}) => wordOf(verdict, tolerance));
  return [...new Set(words)].map(word => `${words.filter(w => w === word).length} ${word}`).join(', ');
}
