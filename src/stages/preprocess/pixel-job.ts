import type {Diagnostic} from '../../diagnostics/diagnostic.js';
import type {ImageRef} from '../load/images.js';
import type {ImageOrigin, PixelRecipe} from '../ports.js';
import type {Shape} from './batches.js';

/** Places in `PixelJob.control`: the next sample that nobody has taken, and how many batches were given away. */
export const NEXT = 0;
export const RELEASED = 1;

/** What the threads do together: the tensors of all samples, into shared memory. */
export interface PixelJob {
  readonly samples: readonly ImageRef[];
  readonly origin: ImageOrigin;
  readonly recipe: PixelRecipe;
  readonly shape: Shape;
  readonly batchSize: number;
  /** Batches that `shared` holds: batch b stands at place b modulo `ahead`. */
  readonly ahead: number;
  readonly control: Int32Array;
  readonly shared: Float32Array;
}

/** Told by a thread for every sample it took: it is done, or what is wrong with it. */
export interface PixelReport {
  readonly index: number;
  readonly diagnostics?: readonly Diagnostic[];
}
