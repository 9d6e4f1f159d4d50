import type {Code} from '../diagnostics/catalogue.js';
import type {Diagnostic} from '../diagnostics/diagnostic.js';
import {suggest, suggestion} from '../diagnostics/suggest.js';
import type {JsonSchema} from './catalogue.js';
import {expected, got} from './expected.js';
import {MANY, problem, removalOf, valueProblem} from './problem.js';
import {core, type Plain} from './scalar.js';
import {read} from './schema.js';
import {ANYTHING, typed} from './typed.js';
import {dict, isNull, shape, type Dict} from './value.js';
import {versionProblem} from './version.js';

/** What every experiment has, whatever its stages. */
export interface Envelope {
  readonly name: string;
  readonly description: string | null;
  readonly seed: number;
  readonly params: Readonly<Record<string, unknown>>;
  readonly stages: Dict;
}

/** The keys of an experiment; the second and third have been dealt with when its files were composed. */
const KEYS = ['strata', 'extends', 'env', 'name', 'description', 'seed', 'params', 'stages', 'sweep'];

/** The name of an experiment is that of a folder. */
export const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
/** Labels and names of parameters are steps of dotted paths. */
const LABEL = /^[A-Za-z][A-Za-z0-9_-]*$/;

const TEXT: JsonSchema = {type: 'string'};
const SEED: JsonSchema = {type: 'integer', minimum: 0};

/** Checks the keys of an experiment and what they hold, less what lies within stages. */
export function readEnvelope(root: Dict, problems: Diagnostic[]): Envelope {
  for (const [key, entry] of root.entries) {
    if (KEYS.includes(key)) continue;
    const hint = problems.length > MANY ? null : suggestion(key, KEYS, 'keys');
    problems.push(problem('E102', `unknown key "${key}"`, entry.key, hint));
  }
  checkVersion(root, problems);
  const description = root.entries.get('description')?.value;
  const none = description !== undefined && isNull(description);
  return {
    name: readName(root, problems),
    description: none ? null : (scalarOf(root, 'description', TEXT, problems) as string | null),
    seed: readSeed(root, problems),
    params: readParams(root, problems),
    stages: readStages(root, problems),
  };
}

function checkVersion(root: Dict, problems: Diagnostic[]): void {
  const version = root.entries.get('strata')?.value;
  if (!version) missing(root, 'strata', 'E101', 'the version of the language is not given', problems);
  else {
    const wrong = versionProblem(version);
    if (wrong) problems.push(wrong);
  }
}

/** Tells that a key is missing, unless an unknown one was probably meant to be it. */
function missing(root: Dict, key: string, code: Code, message: string, problems: Diagnostic[]): void {
  const unknown = [...root.entries.keys()].filter(other => !KEYS.includes(other));
  const mistyped = unknown.slice(0, MANY).some(other => suggest(other, KEYS) === key);
  const hint = key === 'strata' ? 'add "strata: 1"' : `add "${key}:"`;
  if (!mistyped) problems.push(problem(code, message, root.span, hint, removalOf(root, key)));
}

function readName(root: Dict, problems: Diagnostic[]): string {
  if (!root.entries.has('name')) missing(root, 'name', 'E103', 'the experiment has no name', problems);
  const name = scalarOf(root, 'name', TEXT, problems);
  if (typeof name !== 'string') return '';
  if (!NAME.test(name)) {
    const hint = 'letters, digits, ".", "_" and "-", a letter or digit first';
    problems.push(valueProblem('E114', `"${name}" cannot be a name`, root.entries.get('name')!.value, hint));
  }
  return name;
}

function readSeed(root: Dict, problems: Diagnostic[]): number {
  const seed = scalarOf(root, 'seed', SEED, problems);
  if (typeof seed !== 'number') return 0;
  const {value} = root.entries.get('seed')!;
  if (!Number.isSafeInteger(seed))
    problems.push(valueProblem('E010', `${seed} is too large to be exact`, value));
  else if (seed < 0)
    problems.push(valueProblem('E108', `"seed": expected ${expected(SEED)}, got ${seed}`, value));
  return seed;
}

function readParams(root: Dict, problems: Diagnostic[]): Record<string, unknown> {
  const params = mapOf(root, 'params', problems);
  if (!params) return {};
  checkKeys(params, 'a parameter', problems);
  return typed(ANYTHING, params, problems).value as Record<string, unknown>;
}

function readStages(root: Dict, problems: Diagnostic[]): Dict {
  if (!root.entries.has('stages')) missing(root, 'stages', 'E103', 'the experiment has no stages', problems);
  const stages = mapOf(root, 'stages', problems);
  if (!stages) return dict(new Map(), root.span);
  if (stages.entries.size === 0)
    problems.push(problem('E103', 'the experiment has no stages', root.entries.get('stages')!.key));
  checkKeys(stages, 'the label of a stage', problems);
  return stages;
}

function checkKeys(map: Dict, what: string, problems: Diagnostic[]): void {
  for (const [key, entry] of map.entries) {
    if (LABEL.test(key)) continue;
    const hint = 'letters, digits, "_" and "-", a letter first';
    problems.push(problem('E114', `"${key}" cannot be ${what}`, entry.key, hint));
  }
}

/** The map under a key, null if there is none or, told, something else. */
function mapOf(root: Dict, key: string, problems: Diagnostic[]): Dict | null {
  const value = root.entries.get(key)?.value;
  if (!value || value.kind === 'hole') return null;
  if (value.kind === 'map') return value;
  const what = value.kind === 'scalar' ? got(core(value.text), value) : shape(value);
  problems.push(valueProblem('E106', `"${key}": expected a map, got ${what}`, value));
  return null;
}

/** The single value under a key, null if there is none or, told, something else. */
function scalarOf(root: Dict, key: string, schema: JsonSchema, problems: Diagnostic[]): Plain {
  const value = root.entries.get(key)?.value;
  if (!value || value.kind === 'hole') return null;
  if (value.kind === 'scalar') {
    const result = read(schema, value);
    if (result.branch) return result.value;
  }
  const what = value.kind === 'scalar' ? got(read(schema, value).value, value) : shape(value);
  problems.push(valueProblem('E106', `"${key}": expected ${expected(schema)}, got ${what}`, value));
  return null;
}
