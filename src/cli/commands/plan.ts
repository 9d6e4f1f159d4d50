import type {PlannedStage} from '../../runner/plan.js';
import {stageId} from '../../stages/registry.js';
import {openPlan} from '../open.js';
import {paintFor} from '../paint.js';

/** Why a stage will run, or what its running waits for. */
function reasonOf({decision}: PlannedStage): string {
  if (decision.state === 'hit') return '';
  return decision.state === 'run'
    ? decision.reason
    : `until ${decision.until.join(', ')} ${decision.until.length > 1 ? 'have' : 'has'} run`;
}

/** `strata plan FILE [OVERRIDE...]` */
export async function plan(
  file: string,
  overrides: string[],
  {json = false, overrideFile}: {json?: boolean; overrideFile: string[]},
): Promise<number> {
  const {experiment, plan: made} = await openPlan(file, overrides, overrideFile);
  const stages = [...made.stages.values()];
  if (json) {
    const rows = stages.map(({node, decision}) => ({
      stage: node.label,
      kind: stageId(node.entry.kind, node.entry.name),
      state: decision.state,
      key: decision.state === 'unknown' ? null : decision.key,
      record: decision.state === 'unknown' ? null : decision.record,
      reason: decision.state === 'run' ? decision.reason : null,
      until: decision.state === 'unknown' ? decision.until : [],
      from: node.from,
    }));
    process.stdout.write(`${JSON.stringify({experiment: experiment.name, stages: rows}, null, 1)}\n`);
    return 0;
  }
  const paint = paintFor(process.stdout);
  const width = Math.max(...stages.map(s => s.node.label.length));
  const colours = {hit: 'dim', run: 'green', unknown: 'yellow'} as const;
  const words = {hit: 'cached', run: 'run', unknown: 'unknown'} as const;
  for (const stage of stages) {
    const {state} = stage.decision;
    const line = `${stage.node.label.padEnd(width)}  ${paint(colours[state], words[state].padEnd(7))}  ${paint('dim', reasonOf(stage))}`;
    process.stdout.write(`${line.trimEnd()}\n`);
  }
  const count = (state: string): number => stages.filter(s => s.decision.state === state).length;
  process.stdout.write(
    `\n${stages.length} stages: ${count('hit')} cached, ${count('run')} to run, ${count('unknown')} unknown\n`,
  );
  return 0;
}
