import {parentPort, workerData} from 'node:worker_threads';
import type {Rows, ScreenOptions} from './int8-screen.js';
import {Int8Searcher} from './int8-searcher.js';

/** What a thread is asked, one thing at a time. */
export type Request = {readonly take: Rows} | {readonly search: Rows} | 'found';
/** What it says: rows done, or that it has done what it was asked. */
export type Reply =
  | {readonly step: number}
  | {
      readonly found: {
        readonly indices: Int32Array<ArrayBuffer>;
        readonly distances: Float64Array<ArrayBuffer>;
      };
    }
  | 'done';

// Entry point of a thread: a searcher that is told of by messages.

const searcher = new Int8Searcher(workerData as ScreenOptions);
const say = (reply: Reply, transfer: ArrayBuffer[] = []): void => parentPort!.postMessage(reply, transfer);

async function answer(request: Request): Promise<void> {
  if (request === 'found') {
    const {indices, distances} = searcher.found();
    say({found: {indices, distances}}, [indices.buffer, distances.buffer]);
    return;
  }
  if ('take' in request) searcher.take(request.take);
  else await searcher.search(request.search, step => say({step}));
  say('done');
}

parentPort!.on('message', (request: Request) => {
  // A rejection ends the thread with an error, which the other side sees.
  void answer(request);
});
