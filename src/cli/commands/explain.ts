import {fail} from '../../diagnostics/diagnostic.js';
import {suggestion} from '../../diagnostics/suggest.js';
import type {Variant} from '../../config/load.js';
import type {Cell, Grid} from '../../report/grid.js';
import {toText} from '../../report/table.js';
import type {Difference} from '../../runner/difference.js';
import type {Earlier, Explanation, Made} from '../../runner/explain.js';
import {explainStage, undecidedBefore} from '../../runner/explain.js';
import type {PlannedStage} from '../../runner/plan.js';
import {show} from '../../runner/reason.js';
import type {Canonical} from '../../store/canonical.js';
import {stageId} from '../../stages/registry.js';
import {DECISIONS, reasonOf} from '../decision-text.js';
import {openFile} from '../open.js';
import {paintFor} from '../paint.js';
import type {Paint} from '../reporters/plain.js';

interface Options {
  readonly json?: boolean;
  /** The id of a variant, if the experiment is a sweep. */
  readonly variant?: string;
  readonly overrideFile: string[];
}

/**
 * `strata explain FILE STAGE [OVERRIDE...]`: the record of a stage against the nearest earlier result, field by field. Of a
 * stage that waits for others, these too.
 */
export async function explain(
  file: string,
  label: string,
  overrides: string[],
  {json = false, variant, overrideFile}: Options,
): Promise<number> {
  const opened = openFile(file, overrides, overrideFile);
  const past = await opened.plan(chosen(opened.variants, variant, file));
  const labels = [...past.plan.stages.keys()];
  if (!labels.includes(label)) {
    const hint = suggestion(label, labels, 'stages');
    fail('E713', `${file} has no stage "${label}"`, hint === null ? {} : {hint});
  }
  const before = undecidedBefore(label, past.plan);
  const own = await explainStage(label, past);
  const upstream: Explanation[] = [];
  for (const l of before) upstream.push(await explainStage(l, past));
  const paint = paintFor(process.stdout);
  const text = json
    ? JSON.stringify(
        {experiment: past.experiment.name, ...document(own), upstream: upstream.map(document)},
        null,
        1,
      )
    : [own, ...upstream].map(e => page(e, paint)).join('\n\n');
  process.stdout.write(`${text}\n`);
  return 0;
}

/** The variant that is meant; the experiment itself if it is no sweep. */
function chosen(variants: readonly Variant[], id: string | undefined, file: string): Variant {
  const found = variants.find(v => v.id === (id ?? null));
  if (found !== undefined) return found;
  const ids = variants.flatMap(v => (v.id === null ? [] : [v.id]));
  if (id === undefined)
    fail('E725', `${file} is a sweep of ${ids.length} experiments`, {
      hint: `say which by --variant:\n${ids.map(i => `  ${i}`).join('\n')}`,
    });
  const hint = ids.length === 0 ? 'it is no sweep' : suggestion(id, ids, 'variants');
  fail('E713', `${file} has no variant "${id}"`, hint === null ? {} : {hint});
}

const stageOf = ({node: {entry}}: PlannedStage): string => stageId(entry.kind, entry.name);

/** What it is and what happens to it, its key, the earlier result, and the fields that differ. */
function page({stage, made, earlier}: Explanation, paint: Paint): string {
  const {node, decision} = stage;
  const state = [DECISIONS[decision.state], reasonOf(decision), made === null ? '' : madeText(made)];
  const lines = [
    `${paint('bold', node.label)}  ${stageOf(stage)}  ${state.filter(s => s !== '').join('  ')}`,
    ...('key' in decision ? [`key      ${decision.key}`] : []),
  ];
  if (decision.state === 'missing') return lines.join('\n');
  if (earlier === null)
    return [
      ...lines,
      `earlier  no ${made === null ? '' : 'other '}result of ${stageOf(stage)} is known`,
    ].join('\n');
  const fields = earlier.differences.length;
  lines.push(`earlier  ${earlier.key}`, `         ${earlierText(earlier, node.label)}`);
  if (fields === 0) return [...lines, '', 'nothing that is known so far differs'].join('\n');
  return [...lines, '', toText(grid(earlier.differences, stage), {dim: text => paint('dim', text)})].join(
    '\n',
  );
}

function madeText({at, by}: Made): string {
  const when = at === null ? 'no longer in the store' : `made ${at.slice(0, 19).replace('T', ' ')} UTC`;
  return by === null ? when : `${when} by run ${by.experiment}/${by.run}`;
}

function earlierText(earlier: Earlier, label: string): string {
  const which = earlier.last ? 'of the last run' : 'the nearest in the store';
  const other = earlier.by === null || earlier.by.label === label ? '' : `, as "${earlier.by.label}"`;
  return `${which}, ${madeText(earlier)}${other}`;
}

/** Digits of a digest that are shown. */
const DIGITS = 12;

function grid(all: readonly Difference[], stage: PlannedStage): Grid {
  const cell = (d: Difference, value: Canonical | undefined): Cell => {
    if (value === undefined) return '(none)';
    return d.field === 'file' || d.field === 'part' ? show(value).slice(0, DIGITS) : show(value);
  };
  return {
    columns: ['field', 'before', 'now'].map(name => ({name})),
    rows: all.map(d => ({field: fieldOf(d, stage), before: cell(d, d.before), now: cell(d, d.now)})),
  };
}

/** The stage that gives the input that differs. */
const givenBy = ({at: [of, port, index]}: Difference, {node}: PlannedStage): string | undefined =>
  of === 'inputs' ? node.from[String(port)]?.[Number(index)] : undefined;

/** Where it stands; for an input the port and the stage on it. */
function fieldOf(difference: Difference, stage: PlannedStage): string {
  const {field, at, name} = difference;
  const of = name === null ? '' : `: ${name}`;
  if (at[0] !== 'inputs') return `${at.join('.')}${of}`;
  const label = givenBy(difference, stage);
  const where = label === undefined ? `${at[1]!}` : `${at[1]!} ${label}`;
  return `${where}${field === 'label' || field === 'order' ? `: ${field}` : of}`;
}

function document({stage, made, earlier}: Explanation): object {
  const {node, decision} = stage;
  return {
    stage: node.label,
    kind: stageOf(stage),
    state: decision.state,
    reason: decision.state === 'hit' ? null : reasonOf(decision),
    key: 'key' in decision ? decision.key : null,
    record: 'key' in decision ? decision.record : null,
    made,
    earlier:
      earlier === null
        ? null
        : {
            ...earlier,
            differences: earlier.differences.map(d => ({...d, stage: givenBy(d, stage) ?? null})),
          },
  };
}
