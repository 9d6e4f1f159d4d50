import type {Diagnostic} from '../../diagnostics/diagnostic.js';
import type {Paint} from './plain.js';
import {duration, plainReporter} from './plain.js';
import type {Reporter} from './reporter.js';

const CLEAR_LINE = '\r\u001b[2K';
const BAR = 12;
/** Between two drawings of the line, in milliseconds. */
const PACE = 50;
/** Stages that are shown of those that run at the same time. */
const SHOWN = 3;

interface Running {
  readonly start: number;
  /** Seconds that it took the last time, if that is known. */
  readonly expected: number | null;
  readonly units: number;
  unitsDone: number;
  /** Work done in the units that run now, in [0, 1] and as counted by the stage. */
  readonly within: Map<string | null, {share: number; done: number; start: number}>;
  memory: number;
}

/** As the plain reporter, and below its lines one that shows what is running now, how far it is and what it takes. */
export function ttyReporter(
  write: (text: string) => void,
  labels: readonly string[],
  paint: Paint,
  print: (diagnostic: Diagnostic) => string,
  expected: (label: string) => number | null,
): Reporter {
  const plain = plainReporter(text => write(CLEAR_LINE + text), labels, paint, print);
  const running = new Map<string, Running>();
  let last = 0;
  const show = (): void => {
    const now = performance.now();
    if (now - last < PACE) return;
    last = now;
    const parts = [...running].slice(0, SHOWN).map(([label, stage]) => stageText(label, stage, paint));
    const more = running.size > SHOWN ? [`${running.size - SHOWN} more`] : [];
    const memory = [...running.values()].reduce((sum, s) => sum + s.memory, 0);
    const used = memory > 0 ? [paint('dim', `${(memory / 1e9).toFixed(1)} GB`)] : [];
    write(CLEAR_LINE + [...parts, ...more, ...used].join(paint('dim', '  ·  ')));
  };
  return {
    event(event) {
      switch (event.type) {
        case 'stage-started':
          running.set(event.stage, {
            start: performance.now(),
            expected: expected(event.stage),
            units: Math.max(1, event.units - event.cachedUnits),
            unitsDone: 0,
            within: new Map(),
            memory: 0,
          });
          show();
          break;
        case 'unit-finished': {
          const stage = running.get(event.stage)!;
          stage.unitsDone++;
          stage.within.delete(event.unit);
          show();
          break;
        }
        case 'progress': {
          const stage = running.get(event.stage)!;
          const {unit, done, total} = event;
          const start = stage.within.get(unit)?.start ?? performance.now();
          stage.within.set(unit, {share: total > 0 ? done / total : 0, done, start});
          stage.memory = event.memory;
          show();
          break;
        }
        case 'run-finished':
          write(CLEAR_LINE);
          break;
        case 'stage-finished':
          running.delete(event.stage);
          plain.event(event);
          break;
        default:
          plain.event(event);
      }
    },
  };
}

/** A bar, the share that is done, how fast it goes and how long it will go on. */
function stageText(label: string, stage: Running, paint: Paint): string {
  const {start, units, unitsDone, within} = stage;
  const whole = within.get(null);
  const parts = [...within.values()].reduce((sum, w) => sum + w.share, 0);
  const share = Math.min(1, whole === undefined ? (unitsDone + parts) / units : whole.share);
  const filled = Math.round(share * BAR);
  const bar = `${'━'.repeat(filled)}${paint('dim', '━'.repeat(BAR - filled))}`;
  const seconds = (performance.now() - start) / 1000;
  const rates = [...within.values()].map(w => (w.done * 1000) / Math.max(1, performance.now() - w.start));
  const rate = rates.reduce((sum, r) => sum + r, 0);
  const measured = share > 0.02 && seconds > 1 ? (seconds * (1 - share)) / share : null;
  const left = measured ?? (stage.expected === null ? null : stage.expected - seconds);
  const details = [
    ...(whole === undefined && units > 1 ? [`${unitsDone}/${units}`] : []),
    ...(rate >= 1 && seconds > 1 ? [`${Math.round(rate)}/s`] : []),
    ...(left !== null && left > 0 ? [`${duration(left)} left`] : []),
  ];
  return `${label} ${bar} ${Math.floor(share * 100)} %${details.length > 0 ? paint('dim', ` ${details.join(', ')}`) : ''}`;
}
