import type {Reporter} from './reporter.js';

/** One event a line, for programs. */
export function jsonReporter(write: (text: string) => void): Reporter {
  return {
    event: event =>
      write(`${JSON.stringify(event, (name, value: unknown) => (name === 'stack' ? undefined : value))}\n`),
  };
}
