import type {Diagnostic} from '../../diagnostics/diagnostic.js';
import {jsonDiagnostics} from '../../diagnostics/print.js';
import {costOf, type Cost} from '../../runner/history.js';
import type {MissingPath} from '../../runner/node.js';
import {problemsOf, type PlannedStage} from '../../runner/plan.js';
import {variantOf} from '../../runner/variant-label.js';
import {stageId} from '../../stages/registry.js';
import {COLOURS, DECISIONS, reasonOf} from '../decision-text.js';
import {openFile, type Opened} from '../open.js';
import {paintFor} from '../paint.js';
import {printDiagnostics} from '../print.js';
import {duration, type Paint} from '../reporters/plain.js';

interface Options {
  readonly json?: boolean;
  readonly overrideFile: string[];
}

interface Planned {
  /** Of a variant of a sweep. */
  readonly id: string | null;
  readonly experiment: string;
  readonly stages: readonly (PlannedStage & {readonly cost: Cost})[];
  readonly problems: readonly Diagnostic[];
}

/** `strata plan FILE [OVERRIDE...]`. Ends with 2 if something keeps the plan from being run. */
export async function plan(
  file: string,
  overrides: string[],
  {json = false, overrideFile}: Options,
): Promise<number> {
  const opened = openFile(file, overrides, overrideFile);
  const plans: Planned[] = [];
  for (const variant of opened.variants) plans.push(planned(variant.id, await opened.plan(variant)));
  const together = opened.planTogether === null ? null : planned(null, await opened.planTogether());
  const problems = [...new Map(plans.flatMap(p => p.problems).map(d => [JSON.stringify(d), d])).values()];
  if (json) process.stdout.write(`${JSON.stringify(document(plans, together, problems), null, 1)}\n`);
  else {
    process.stdout.write(text(plans, together, paintFor(process.stdout)));
    if (problems.length > 0) printDiagnostics(problems, false);
  }
  return problems.length > 0 ? 2 : 0;
}

function planned(id: string | null, {experiment, plan, last, store}: Opened): Planned {
  const stages = [...plan.stages.values()].map(stage => ({...stage, cost: costOf(stage, last, store)}));
  return {id, experiment: experiment.name, stages, problems: problemsOf(plan)};
}

/** Everything, for programs. */
function document(
  plans: readonly Planned[],
  together: Planned | null,
  problems: readonly Diagnostic[],
): object {
  const diagnostics = jsonDiagnostics(problems);
  const whole = ({id, experiment, stages}: Planned): object => ({
    ...(id !== null && {id}),
    experiment,
    stages: stages.map(row),
  });
  const [only] = plans;
  if (only!.id === null) return {...whole(only!), diagnostics};
  return {variants: plans.map(whole), ...(together && {together: whole(together)}), diagnostics};
}

function row({node, decision, cost}: Planned['stages'][number]): object {
  const {state} = decision;
  const known = state === 'hit' || state === 'run' ? decision : {key: null, record: null};
  return {
    stage: node.label,
    kind: stageId(node.entry.kind, node.entry.name),
    state,
    key: known.key,
    record: known.record,
    reason: state === 'run' ? decision.reason : null,
    until: state === 'unknown' ? decision.until : [],
    missing: state === 'missing' ? decision.missing.map(missingRow) : [],
    from: node.from,
    expectedSeconds: cost.seconds,
    bytes: cost.bytes,
  };
}

const missingRow = ({at, path, place: {file, line, col}}: MissingPath): object => ({
  parameter: at.join('.'),
  path,
  writtenAt: {file, line, col},
});

/** One line for each stage and one that counts; of a sweep one line for each variant and for each plot of all. */
function text(plans: readonly Planned[], together: Planned | null, paint: Paint): string {
  const [only] = plans;
  if (only!.id === null) return `${lines(only!.stages, paint)}\n\n${counts(only!.stages)}\n`;
  const plots = (together?.stages ?? []).filter(({node}) => variantOf(node.label) === null);
  const rows = [
    ...plans.map(({id, stages}) => [id!, counts(stages)] as const),
    ...plots.map(stage => [stage.node.label, `of all variants: ${stateOfPlot(stage)}`] as const),
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, state]) => `${name.padEnd(width)}  ${paint('dim', state)}\n`).join('');
}

function stateOfPlot({decision}: PlannedStage): string {
  if (decision.state === 'hit') return 'cached';
  return decision.state === 'run' ? `to run, ${decision.reason}` : 'unknown until they have run';
}

function lines(stages: Planned['stages'], paint: Paint): string {
  const width = Math.max(...stages.map(s => s.node.label.length));
  return stages
    .map(stage => {
      const {state} = stage.decision;
      const word = paint(COLOURS[state], DECISIONS[state].padEnd(7));
      const why = [reasonOf(stage.decision), ...expected(stage)].join('  ');
      return `${stage.node.label.padEnd(width)}  ${word}  ${paint('dim', why)}`.trimEnd();
    })
    .join('\n');
}

const expected = ({decision, cost}: Planned['stages'][number]): string[] =>
  decision.state === 'hit' || cost.seconds === null ? [] : [`~ ${duration(cost.seconds)}`];

function counts(stages: Planned['stages']): string {
  const count = (state: string): number => stages.filter(s => s.decision.state === state).length;
  const missing = count('missing') > 0 ? [`${count('missing')} missing`] : [];
  const all = [`${count('hit')} cached`, `${count('run')} to run`, `${count('unknown')} unknown`, ...missing];
  return `${stages.length} stages: ${all.join(', ')}${atMost(stages)}`;
}

/** The work ahead, if every stage that may run has run before. */
function atMost(stages: Planned['stages']): string {
  const seconds = stages.map(s => s.cost.seconds);
  const sum = seconds.reduce<number>((total, s) => total + (s ?? 0), 0);
  return sum === 0 || seconds.includes(null) ? '' : `, ~ ${duration(sum)} of work`;
}
