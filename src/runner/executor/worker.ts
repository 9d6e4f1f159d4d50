// The process that does jobs, one at a time. It is told what to do over its channel and ends with it.
import type {Command, Report} from './job.js';
import {runJob} from './run-job.js';

let abort = new AbortController();

const report = (report: Report): void => void process.send!(report);

process.on('message', (command: Command) => {
  if (command.type === 'abort') {
    abort.abort();
    return;
  }
  abort = new AbortController();
  void runJob(command.job, report, abort.signal);
});

// Ctrl-C reaches every process of a terminal. The one that was started decides what becomes of its workers.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);

// Nobody waits for the result any more.
process.on('disconnect', () => process.exit());
