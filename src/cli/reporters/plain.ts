import type {Diagnostic} from '../../diagnostics/diagnostic.js';
import type {Event, Outcome} from '../../runner/events.js';
import type {Reporter} from './reporter.js';

/** Colours of the terminal, or none. */
export interface Paint {
  (style: 'dim' | 'bold' | 'red' | 'green' | 'yellow' | 'cyan', text: string): string;
}

const COLOURS: Readonly<Record<Outcome, Parameters<Paint>[0]>> = {
  cached: 'dim',
  'cut-off': 'dim',
  ran: 'green',
  failed: 'red',
  skipped: 'yellow',
  cancelled: 'yellow',
};

export const duration = (seconds: number): string =>
  seconds < 0.0995
    ? `${Math.round(seconds * 1000)} ms`
    : seconds < 99.5
      ? `${seconds.toPrecision(2)} s`
      : `${Math.round(seconds)} s`;

/** Why a stage was skipped. */
export const skippedBecause = ({
  because,
  stopped,
}: Pick<Extract<Event, {type: 'stage-finished'}>, 'because' | 'stopped'>): string =>
  stopped === true
    ? `the run stopped after ${because!} failed; with --keep-going it goes on`
    : `${because!} failed`;

/** The line that says how a stage ended. */
export function stageLine(
  event: Extract<Event, {type: 'stage-finished'}>,
  width: number,
  paint: Paint,
): string {
  const {stage, outcome, seconds, reason} = event;
  const why =
    outcome === 'ran' || outcome === 'failed'
      ? `${duration(seconds).padStart(7)}  ${reason ?? ''}`
      : outcome === 'skipped'
        ? `${' '.repeat(7)}  ${skippedBecause(event)}`
        : '';
  return `${stage.padEnd(width)}  ${paint(COLOURS[outcome], outcome.padEnd(9))}  ${paint('dim', why)}`.trimEnd();
}

/** One line for each stage that ends: for pipes, files and logs. Cached stages are counted, not listed. */
export function plainReporter(
  write: (text: string) => void,
  labels: readonly string[],
  paint: Paint,
  print: (diagnostic: Diagnostic) => string,
): Reporter {
  const width = Math.max(...labels.map(l => l.length));
  return {
    event(event) {
      if (event.type === 'log') write(`${event.stage.padEnd(width)}  ${event.message}\n`);
      if (event.type === 'retry') {
        for (const {message} of event.diagnostics) write(`${event.stage.padEnd(width)}  ${message}\n`);
        write(`${event.stage.padEnd(width)}  tried again in ${event.seconds} s\n`);
      }
      if (event.type !== 'stage-finished') return;
      if (event.outcome !== 'cached') write(`${stageLine(event, width, paint)}\n`);
      for (const diagnostic of event.diagnostics ?? []) write(`\n${print(diagnostic)}\n`);
    },
  };
}
