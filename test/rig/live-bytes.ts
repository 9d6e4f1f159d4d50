import {setFlagsFromString} from 'node:v8';
import {runInNewContext} from 'node:vm';

setFlagsFromString('--expose_gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes of the typed arrays that are in use: what is not is collected first, and gone after the second time. */
export function liveBytes(): number {
  collect();
  collect();
  return process.memoryUsage().arrayBuffers;
}
