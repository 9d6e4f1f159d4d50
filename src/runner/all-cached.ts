import type {Emit} from './events.js';
import type {StageResult} from './execute.js';
import type {Plan} from './plan.js';

/** What running a plan comes to in which every result is known. Apart from `execute`, whose code takes a while to load. */
export function allCached(plan: Plan, emit: Emit): Map<string, StageResult> {
  const results = new Map<string, StageResult>();
  for (const [label, {decision}] of plan.stages) {
    if (decision.state !== 'hit') throw new Error(`${label} is not known`);
    const {key, record, manifest} = decision;
    results.set(label, {outcome: 'cached', reason: null, seconds: 0, key, record, manifest});
    emit({type: 'stage-finished', stage: label, outcome: 'cached', seconds: 0, reason: null});
  }
  return results;
}
