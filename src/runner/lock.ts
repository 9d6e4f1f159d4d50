import {basename, dirname, join, relative, sep} from 'node:path';
import type {Diagnostic, Place} from '../diagnostics/diagnostic.js';
import {StrataError, fail} from '../diagnostics/diagnostic.js';
import type {Canonical} from '../store/canonical.js';
import {canonicalDigest} from '../store/canonical.js';
import type {StageResult} from './execute.js';
import type {Lock} from './lock-file.js';
import {lockFileOf} from './lock-file.js';
import type {Node} from './node.js';
import type {Plan, PlannedStage} from './plan.js';

/** A fact of a variant of a sweep begins with its id. */
const factOf = (variant: string | null, stage: string, what: string): string =>
  `${variant === null ? '' : `${variant}: `}${stage} ${what}`;

interface Input {
  readonly digest: string;
  readonly path: string;
  readonly place: Place;
}

/** The outside files of a plan as facts of a lock. A preset of a model is the file beside it that holds it. */
function inputsOf({stages}: Plan, variant: string | null, folder: string): Map<string, Input> {
  const facts = new Map<string, Input>();
  for (const {node, params} of stages.values()) {
    for (const {kind, path, at, place} of node.paths) {
      const file = kind === 'model-config' ? join(dirname(path), 'preprocessor_config.json') : path;
      const name = relative(folder, file).split(sep).join('/');
      facts.set(factOf(variant, node.label, name), {digest: contentDigest(params, at), path: file, place});
    }
  }
  return facts;
}

/** One digest of what stands in a key for a path: of a single file that of its bytes. */
function contentDigest(params: PlannedStage['params'], at: Node['paths'][number]['at']): string {
  let value = params as Readonly<Record<string | number, Canonical>>;
  for (const step of at) value = value[step] as typeof value;
  const content = value['content']!;
  return typeof content === 'string' ? content : canonicalDigest('content', content);
}

/** Neighbour tables are not results of the experiment: they are as large as those need who have no result yet. */
const isResult = ({entry}: Node): boolean => entry.kind !== 'neighbors';

/**
 * The lock of an experiment whose results are all known.
 *
 * @param plans of its variants by id, or the only one by null
 * @throws E731 if results are missing
 */
export function lockOf(experiment: string, plans: ReadonlyMap<string | null, Plan>): Lock {
  const file = lockFileOf(experiment);
  const inputs = new Map<string, string>();
  const results = new Map<string, string>();
  const missing: string[] = [];
  for (const [variant, plan] of plans) {
    for (const {node, decision} of plan.stages.values()) {
      if (decision.state === 'hit')
        for (const {name, digest} of decision.manifest.parts)
          results.set(factOf(variant, node.label, name), digest);
      else if (isResult(node)) missing.push(variant === null ? node.label : `${variant}: ${node.label}`);
    }
    if (missing.length > 0) continue;
    for (const [fact, {digest}] of inputsOf(plan, variant, dirname(file))) inputs.set(fact, digest);
  }
  if (missing.length > 0) failMissing(experiment, missing);
  return {file, inputs, results};
}

/** More stages than this are counted, not named. */
const NAMED = 12;

function failMissing(experiment: string, missing: readonly string[]): never {
  const more = missing.length > NAMED ? ` and ${missing.length - NAMED} more` : '';
  fail('E731', `there is no result yet of ${missing.slice(0, NAMED).join(', ')}${more}`, {
    hint: `strata run ${relative('.', experiment)}`,
  });
}

/** The facts of one variant of a sweep, or of what is none. */
function ofVariant(facts: ReadonlyMap<string, string>, variant: string | null): Map<string, string> {
  return new Map([...facts].filter(([fact]) => variant === null || fact.startsWith(`${variant}: `)));
}

/**
 * Checks that an experiment reads what it read when it was locked, and has the same stages. To be called before anything
 * runs.
 *
 * @param variant the id of the variant that is planned, null if nothing is swept
 * @throws E733, one for each difference
 */
export function checkInputs(lock: Lock, variant: string | null, plan: Plan): void {
  const name = basename(lock.file);
  const hint = 'if that is meant, run without --frozen and then "strata freeze" again';
  const problems: Diagnostic[] = [];
  const locked = ofVariant(lock.inputs, variant);
  for (const [fact, {digest, path, place}] of inputsOf(plan, variant, dirname(lock.file))) {
    const before = locked.get(fact);
    const shown = relative('.', path);
    if (before === undefined)
      problems.push({code: 'E733', message: `${name} does not have ${shown} as an input`, place, hint});
    else if (before !== digest)
      problems.push({code: 'E733', message: `${shown} is not what it was for ${name}`, place, hint});
    locked.delete(fact);
  }
  for (const fact of locked.keys())
    problems.push({code: 'E733', message: `${name} has an input that is read no more: ${fact}`, hint});
  const stages = [...plan.stages.values()].filter(s => isResult(s.node)).map(s => s.node.label);
  const results = [...ofVariant(lock.results, variant).keys()];
  for (const stage of stages) {
    if (!results.some(fact => fact.startsWith(factOf(variant, stage, ''))))
      problems.push({code: 'E733', message: `${name} does not have stage "${stage}"`, hint});
  }
  const gone = results.filter(fact => !stages.some(stage => fact.startsWith(factOf(variant, stage, ''))));
  if (gone.length > 0)
    problems.push({code: 'E733', message: `${name} has stages that are no more: ${gone.join(', ')}`, hint});
  if (problems.length > 0) throw new StrataError(problems);
}

/**
 * The results of a run that are not as they were when they were locked: E734, one for each part. Stages without a result
 * are not told of.
 */
export function checkResults(
  lock: Lock,
  variant: string | null,
  results: ReadonlyMap<string, StageResult>,
): Diagnostic[] {
  const name = basename(lock.file);
  const hint = 'if that is meant, "strata freeze" again';
  return [...results].flatMap(([stage, {manifest, record}]): Diagnostic[] => {
    if (manifest === undefined || record?.['stage'] === 'neighbors') return [];
    const prefix = factOf(variant, stage, '');
    const locked = new Map([...lock.results].filter(([fact]) => fact.startsWith(prefix)));
    const unlike = (what: string): Diagnostic => ({code: 'E734', message: `"${stage}": ${what}`, hint});
    const found = manifest.parts.flatMap(({name: part, digest}): Diagnostic[] => {
      const before = locked.get(prefix + part);
      locked.delete(prefix + part);
      if (before === digest) return [];
      return [unlike(before === undefined ? `${part} is not in ${name}` : `${part} is not what ${name} has`)];
    });
    const gone = [...locked.keys()].map(fact => unlike(`${fact.slice(prefix.length)} of ${name} is gone`));
    return [...found, ...gone];
  });
}
