import type {Event} from '../../runner/events.js';

/** Prints what happens in a run. */
export interface Reporter {
  event(event: Event): void;
}
