import type {PlannedStage} from '../../runner/plan.js';
import {stageId} from '../../stages/registry.js';
import {openFile} from '../open.js';
import {paintFor} from '../paint.js';
import type {Paint} from '../reporters/plain.js';

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
  const opened = openFile(file, overrides, overrideFile);
  const plans = [];
  for (const variant of opened.variants) {
    const made = (await opened.plan(variant)).plan;
    plans.push({id: variant.id, experiment: variant.experiment.name, stages: [...made.stages.values()]});
  }
  const [only] = plans;
  const paint = paintFor(process.stdout);
  if (json) {
    const all = plans.map(({id, experiment, stages}) => ({
      ...(id !== null && {id}),
      experiment,
      stages: rows(stages),
    }));
    process.stdout.write(`${JSON.stringify(only!.id === null ? all[0] : {variants: all}, null, 1)}\n`);
  } else if (only!.id === null)
    process.stdout.write(`${lines(only!.stages, paint)}\n\n${counts(only!.stages)}\n`);
  else {
    const width = Math.max(...plans.map(p => p.id!.length));
    for (const {id, stages} of plans)
      process.stdout.write(`${id!.padEnd(width)}  ${paint('dim', counts(stages))}\n`);
  }
  return 0;
}

const rows = (stages: readonly PlannedStage[]): object[] =>
  stages.map(({node, decision}) => ({
    stage: node.label,
    kind: stageId(node.entry.kind, node.entry.name),
    state: decision.state,
    key: decision.state === 'unknown' ? null : decision.key,
    record: decision.state === 'unknown' ? null : decision.record,
    reason: decision.state === 'run' ? decision.reason : null,
    until: decision.state === 'unknown' ? decision.until : [],
    from: node.from,
  }));

/** One line a stage. */
function lines(stages: readonly PlannedStage[], paint: Paint): string {
  const width = Math.max(...stages.map(s => s.node.label.length));
  const colours = {hit: 'dim', run: 'green', unknown: 'yellow'} as const;
  const words = {hit: 'cached', run: 'run', unknown: 'unknown'} as const;
  return stages
    .map(stage => {
      const {state} = stage.decision;
      const word = paint(colours[state], words[state].padEnd(7));
      return `${stage.node.label.padEnd(width)}  ${word}  ${paint('dim', reasonOf(stage))}`.trimEnd();
    })
    .join('\n');
}

function counts(stages: readonly PlannedStage[]): string {
  const count = (state: string): number => stages.filter(s => s.decision.state === state).length;
  return `${stages.length} stages: ${count('hit')} cached, ${count('run')} to run, ${count('unknown')} unknown`;
}
