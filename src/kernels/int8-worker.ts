import {parentPort} from 'node:worker_threads';
import {int8ProductsExact} from './int8-products.js';
import type {Points, Rows, ScreenOptions} from './int8-screen.js';
import {Int8Searcher} from './int8-searcher.js';
import type {Shared} from './int8-searcher.js';
import type {QuantiserTask} from './int8-quantising.js';
import {quantiseTogether} from './int8-quantising.js';

/** What a thread is asked, from the beginning of a search to its end; to all but `open` it answers when it is done. */
export type Request =
  | {readonly begin: {readonly options: ScreenOptions; readonly shared: Shared}}
  | {readonly quantise: QuantiserTask}
  | {readonly open: Points}
  | {readonly search: Rows}
  | {readonly end: true};

// Entry point of a thread: a searcher that is told of by messages.

let searcher: Int8Searcher | undefined;

async function follow(request: Request): Promise<void> {
  if ('begin' in request) searcher = new Int8Searcher(request.begin.options, request.begin.shared);
  else if ('quantise' in request) quantiseTogether(request.quantise);
  else if ('open' in request) await searcher!.open(request.open);
  else if ('search' in request) await searcher!.search(request.search, () => undefined);
  else {
    await searcher!.close();
    searcher = undefined;
  }
  if (!('begin' in request || 'open' in request)) parentPort!.postMessage('done');
}

// The trial loads what the products need while there is nothing else to do. A rejection ends the thread with an error, which the other
// side sees.
let last: Promise<unknown> = int8ProductsExact();
parentPort!.on('message', (request: Request) => {
  last = last.then(() => follow(request));
});
