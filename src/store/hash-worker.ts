// A thread that hashes files: it is sent lists of paths and answers each with the list of hashes.
import {parentPort} from 'node:worker_threads';
import {hashIfReadable} from './hash-file.js';

parentPort!.on('message', (paths: readonly string[]) =>
  parentPort!.postMessage(paths.map(path => hashIfReadable(path))),
);
