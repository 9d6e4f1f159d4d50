import type {Diagnostic} from '../../diagnostics/diagnostic.js';
import type {Paint} from './plain.js';
import {duration, plainReporter} from './plain.js';
import type {Reporter} from './reporter.js';

const CLEAR_LINE = '\r\u001b[2K';
const BAR = 20;

/** As the plain reporter, and below its lines one that shows what is running now and how far it is. */
export function ttyReporter(
  write: (text: string) => void,
  labels: readonly string[],
  paint: Paint,
  print: (diagnostic: Diagnostic) => string,
): Reporter {
  const plain = plainReporter(text => write(CLEAR_LINE + text), labels, paint, print);
  const stage = {label: '', start: 0, units: 0, unitsDone: 0, last: 0};
  const show = (share: number, unit: string | null): void => {
    const filled = Math.round(share * BAR);
    const seconds = (performance.now() - stage.start) / 1000;
    const left = share > 0.02 && seconds > 1 ? `, ${duration((seconds * (1 - share)) / share)} left` : '';
    const bar = `${'━'.repeat(filled)}${paint('dim', '━'.repeat(BAR - filled))}`;
    write(
      `${CLEAR_LINE}${stage.label}  ${bar}  ${Math.floor(share * 100)} %${paint('dim', left)}${unit === null ? '' : paint('dim', `  ${unit}`)}`,
    );
  };
  return {
    event(event) {
      switch (event.type) {
        case 'stage-started':
          Object.assign(stage, {
            label: event.stage,
            start: performance.now(),
            units: event.units - event.cachedUnits,
            unitsDone: 0,
          });
          show(0, null);
          break;
        case 'unit-finished':
          stage.unitsDone++;
          break;
        case 'progress': {
          const now = performance.now();
          if (now - stage.last < 50) break;
          stage.last = now;
          const within = event.total > 0 ? event.done / event.total : 0;
          show(
            event.unit === null ? within : (stage.unitsDone + within) / Math.max(1, stage.units),
            event.unit,
          );
          break;
        }
        case 'run-finished':
          write(CLEAR_LINE);
          break;
        default:
          plain.event(event);
      }
    },
  };
}
