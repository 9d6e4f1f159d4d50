import {hash} from 'node:crypto';
import type {Context} from '../define.js';
import type {Sample} from '../ports.js';
import type {ImageStore} from './images.js';

/** Files that are read at the same time. */
const AT_ONCE = 16;

/** sha256 of some bytes, in hex. */
export const sha256 = (bytes: Uint8Array): string => hash('sha256', bytes);

/** Completes samples by the digests of their bytes, in the same order. */
export async function digestSamples(
  samples: readonly Omit<Sample, 'sha256'>[],
  store: ImageStore,
  ctx: Context,
): Promise<Sample[]> {
  const done: Sample[] = new Array<Sample>(samples.length);
  let next = 0;
  let count = 0;
  const work = async (): Promise<void> => {
    while (next < samples.length) {
      ctx.signal.throwIfAborted();
      const index = next++;
      const sample = samples[index]!;
      done[index] = {...sample, sha256: sha256(await store.bytes(sample.uri))};
      ctx.progress(++count, samples.length);
    }
  };
  await Promise.all(Array.from({length: AT_ONCE}, work));
  return done;
}
