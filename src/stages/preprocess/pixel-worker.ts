import {parentPort, workerData} from 'node:worker_threads';
import {StrataError} from '../../diagnostics/diagnostic.js';
import {openImages} from '../load/images.js';
import {imageWriter} from './batches.js';
import {NEXT, type PixelJob, type PixelReport, RELEASED} from './pixel-job.js';

// Entry point of a thread: takes one sample after the other until none is left.

const {samples, origin, recipe, shape, batchSize, ahead, control, shared} = workerData as PixelJob;
const length = shape[0] * shape[1] * shape[2];
const reader = openImages(origin);
const writer = reader.then(r => imageWriter(r, recipe, shape));

/** Blocks until the place of a batch in shared memory is free. */
function waitForPlace(batch: number): void {
  for (;;) {
    const released = Atomics.load(control, RELEASED);
    if (batch < released + ahead) return;
    Atomics.wait(control, RELEASED, released);
  }
}

async function prepare(index: number): Promise<PixelReport> {
  const batch = Math.floor(index / batchSize);
  waitForPlace(batch);
  const at = ((batch % ahead) * batchSize + (index % batchSize)) * length;
  try {
    const write = await writer;
    await write(samples[index]!, shared.subarray(at, at + length));
    return {index};
  } catch (error) {
    if (error instanceof StrataError) return {index, diagnostics: error.diagnostics};
    throw error;
  }
}

for (;;) {
  const index = Atomics.add(control, NEXT, 1);
  if (index >= samples.length) break;
  parentPort!.postMessage(await prepare(index));
}
await reader.then(
  r => r.close(),
  () => undefined,
);
