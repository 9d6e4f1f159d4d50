import {relative} from 'node:path';
import type {Decision} from '../runner/plan.js';

/** Decisions as people read them. */
export const DECISIONS = {hit: 'cached', run: 'run', unknown: 'unknown', missing: 'missing'} as const;

/** How each is painted. */
export const COLOURS = {hit: 'dim', run: 'green', unknown: 'yellow', missing: 'red'} as const;

/** Why a stage will run, what its running waits for, or which files it lacks and where they are named. */
export function reasonOf(decision: Decision): string {
  switch (decision.state) {
    case 'hit':
      return '';
    case 'run':
      return decision.reason;
    case 'unknown':
      return `until ${decision.until.join(', ')} ${decision.until.length > 1 ? 'have' : 'has'} run`;
    case 'missing':
      return decision.missing
        .map(
          ({path, place}) =>
            `${relative('.', path)} (${relative('.', place.file)}:${place.line}:${place.col})`,
        )
        .join(', ');
  }
}
