import type {Diagnostic} from '../diagnostics/diagnostic.js';
import {suggest} from '../diagnostics/suggest.js';
import {got} from './expected.js';
import {problem, valueProblem} from './problem.js';
import {core} from './scalar.js';
import {ENVIRONMENT, Source, type Span} from './source.js';
import {scalar, shape, type Scalar, type Value} from './value.js';

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** The names under `env:`, a list of variables. */
export function readVariables(value: Value, problems: Diagnostic[]): string[] {
  if (value.kind === 'hole') return [];
  if (value.kind !== 'list') {
    const what = value.kind === 'scalar' ? got(core(value.text), value) : shape(value);
    const hint = 'write "env: [NAME, ...]"';
    problems.push(valueProblem('E106', `"env": expected a list of names, got ${what}`, value, hint));
    return [];
  }
  const names: string[] = [];
  for (const item of value.items) {
    if (item.kind === 'scalar' && NAME.test(item.text)) names.push(item.text);
    else if (item.kind !== 'hole') {
      const what = item.kind === 'scalar' ? `"${item.text}"` : shape(item);
      problems.push(
        valueProblem('E114', `${what} cannot be the name of a variable of the environment`, item),
      );
    }
  }
  return names;
}

export type Variables = Readonly<Record<string, string | undefined>>;

/**
 * The variables of the environment that an experiment may refer to. Their values are read as if they were written without
 * quotes, except that none of them is a null; as paths they are relative to the working directory.
 */
export class Environment {
  readonly #listed: readonly string[];
  readonly #values = new Map<string, Scalar>();

  constructor(listed: ReadonlySet<string>, variables: Variables, cwd: string) {
    this.#listed = [...listed].sort();
    const set = this.#listed.flatMap(name => {
      const text = Object.hasOwn(variables, name) ? variables[name] : undefined;
      return text === undefined ? [] : [{name, text}];
    });
    const lines = set.map(({name, text}) => `${name}=${text}`);
    const source = new Source(ENVIRONMENT, cwd, lines.join('\n'), 'environment');
    let start = 0;
    for (const {name, text} of set) {
      const from = start + name.length + 1;
      start = from + text.length + 1;
      this.#values.set(name, scalar(text, core(text) !== null, {source, start: from, end: start - 1}));
    }
  }

  /** What a reference `${env:NAME}` at `span` stands for; null, and told, if it may not be used or is not set. */
  lookup(name: string, span: Span, problems: Diagnostic[]): Scalar | null {
    const value = this.#values.get(name);
    if (value) return value;
    if (!NAME.test(name)) {
      problems.push(
        problem('E117', `"${name}" cannot be the name of a variable`, span, 'write "${env:NAME}"'),
      );
    } else if (this.#listed.includes(name)) {
      const hint = `set it before the command: ${name}=... strata ...`;
      problems.push(problem('E120', `environment variable ${name} is not set`, span, hint));
    } else {
      const close = suggest(name, this.#listed);
      const list = `list it at the top of the file: "env: [${[...this.#listed, name].join(', ')}]"`;
      const hint = close === null ? list : `did you mean "${close}"? If not, ${list}`;
      problems.push(problem('E119', `environment variable ${name} is not listed under "env"`, span, hint));
    }
    return null;
  }
}
