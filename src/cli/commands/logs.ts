import {relative} from 'node:path';
import {fail} from '../../diagnostics/diagnostic.js';
import type {Diagnostic} from '../../diagnostics/diagnostic.js';
import {printDiagnostic} from '../../diagnostics/print.js';
import {suggestion} from '../../diagnostics/suggest.js';
import type {Event} from '../../runner/events.js';
import type {Entry} from '../../runner/journal.js';
import {findJournal, readJournal} from '../../runner/journal.js';
import {paintFor, painterFor} from '../paint.js';
import type {Paint} from '../reporters/plain.js';
import {duration, skippedBecause} from '../reporters/plain.js';
import {outputsFolder} from '../workspace.js';

/** `strata logs RUN [STAGE]` */
export function logs(
  run: string,
  stage: string | undefined,
  {json = false}: {json?: boolean},
): Promise<number> {
  const folder = findJournal(outputsFolder(), run);
  const entries = readJournal(folder);
  const stages = new Map<string, Entry[]>();
  for (const entry of entries) {
    const label = stageOf(entry.event);
    if (label !== null) stages.set(label, [...(stages.get(label) ?? []), entry]);
  }
  if (stage !== undefined && !stages.has(stage)) {
    const hint = suggestion(stage, stages.keys(), 'stages in it');
    fail(
      'E713',
      `the journal of ${relative('.', folder)} has no stage "${stage}"`,
      hint === null ? {} : {hint},
    );
  }
  const paint = paintFor(process.stdout);
  const lines = json
    ? (stage === undefined ? entries : stages.get(stage)!).map(entry => entry.line)
    : [
        ...(stage === undefined ? [paint('dim', relative('.', folder))] : []),
        ...[...stages]
          .filter(([label]) => stage === undefined || label === stage)
          .flatMap(([label, said]) => ['', paint('bold', label), ...said.flatMap(e => linesOf(e, paint))])
          .slice(stage === undefined ? 0 : 1),
        ...(stage === undefined ? ['', endOf(entries)] : []),
      ];
  process.stdout.write(lines.map(line => `${line}\n`).join(''));
  return Promise.resolve(0);
}

const stageOf = (event: Event): string | null => ('stage' in event ? event.stage : null);

/** What an event says of its stage: the time since the run began, then a line, and what went wrong below it. */
function linesOf({event, seconds}: Entry, paint: Paint): string[] {
  const told = sayingOf(event);
  if (told === null) return [];
  const {says, diagnostics = []} = told;
  const below = diagnostics.flatMap(d => diagnosticLines(d, paint)).map(line => `${' '.repeat(12)}${line}`);
  return [`${paint('dim', `${seconds.toFixed(2).padStart(8)} s`)}  ${says}`, ...below];
}

interface Saying {
  readonly says: string;
  readonly diagnostics?: readonly Diagnostic[];
}

function sayingOf(event: Event): Saying | null {
  switch (event.type) {
    case 'stage-started': {
      const {units, cachedUnits, reason} = event;
      const known = cachedUnits > 0 ? `, ${cachedUnits} of them known` : '';
      return {says: `starts: ${reason}${units > 1 ? ` (${units} units${known})` : ''}`};
    }
    case 'unit-finished':
      return {says: `${event.unit} took ${duration(event.seconds)}`};
    case 'log':
      return {says: `| ${event.message}`};
    case 'retry': {
      const {attempt, seconds, diagnostics} = event;
      return {says: `attempt ${attempt} failed; again in ${duration(seconds)}`, diagnostics};
    }
    case 'stage-finished': {
      const {outcome, seconds, diagnostics} = event;
      const took = outcome === 'ran' || outcome === 'failed' ? ` after ${duration(seconds)}` : '';
      const why = outcome === 'skipped' ? `: ${skippedBecause(event)}` : '';
      return {says: `${outcome}${took}${why}`, ...(diagnostics !== undefined && {diagnostics})};
    }
    default:
      return null;
  }
}

function diagnosticLines(diagnostic: Diagnostic, paint: Paint): string[] {
  const text = printDiagnostic(diagnostic, process.cwd(), painterFor(process.stdout));
  const stack = diagnostic.stack?.split('\n').map(line => paint('dim', line)) ?? [];
  return [...text.split('\n'), ...stack];
}

/** How the run ended, as far as its journal knows. */
function endOf(entries: readonly Entry[]): string {
  const end = entries.map(e => e.event).find(e => e.type === 'run-finished');
  if (end === undefined) return 'the journal goes no further: the run was killed, or is still going on';
  return `${end.ok ? 'finished' : 'not finished'} after ${duration(end.seconds)}`;
}
