import {setImmediate} from 'node:timers/promises';

/** Lets whatever waits for the process be done between two steps of a long loop, an abort among it. @throws the signal's reason */
export async function pause(signal: AbortSignal | undefined): Promise<void> {
  await setImmediate();
  signal?.throwIfAborted();
}
