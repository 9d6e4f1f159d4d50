import {parentPort, workerData} from 'node:worker_threads';
import {int8ProductsExact} from './int8-products.js';
import type {Points, Rows, ScreenOptions} from './int8-screen.js';
import {Int8Searcher} from './int8-searcher.js';
import type {Shared} from './int8-searcher.js';

export interface WorkerData {
  readonly options: ScreenOptions;
  readonly shared: Shared;
}

/** What a thread is asked. It answers once rows are searched for. */
export type Request = {readonly open: Points} | {readonly search: Rows};

// Entry point of a thread: a searcher that is told of by messages.

const {options, shared} = workerData as WorkerData;
const searcher = new Int8Searcher(options, shared);

async function follow(request: Request): Promise<void> {
  if ('open' in request) await searcher.open(request.open);
  else {
    await searcher.search(request.search, () => undefined);
    parentPort!.postMessage('done');
  }
}

// The trial loads what the products need while there is nothing else to do. A rejection ends the thread with an error, which the other
// side sees.
let last: Promise<unknown> = int8ProductsExact();
parentPort!.on('message', (request: Request) => {
  last = last.then(() => follow(request));
});
