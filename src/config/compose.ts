import {readFileSync, readdirSync, realpathSync} from 'node:fs';
import {basename, dirname, join, relative, resolve} from 'node:path';
import type {Diagnostic} from '../diagnostics/diagnostic.js';
import {suggest} from '../diagnostics/suggest.js';
import {readVariables} from './environment.js';
import {got} from './expected.js';
import {merge} from './merge.js';
import {problem, valueProblem, type Notes} from './problem.js';
import {decode, readText, reasonOf} from './read-text.js';
import {core} from './scalar.js';
import {placeOf, Source, type Span} from './source.js';
import {excess, isNull, shape, withEntries, type Dict, type Scalar, type Value} from './value.js';
import {versionProblem} from './version.js';
import {parseYaml} from './yaml.js';

/** Files in a chain, each extending the next, and in one list. */
const MAX_FILES = 32;

/** An experiment file and all that it extends, as one. */
export interface Composition {
  /** What the files say together, less `extends` and `env`; null if one of them could not be read. */
  readonly root: Dict | null;
  /** The variables of the environment that the files may refer to: what all of them list. */
  readonly variables: ReadonlySet<string>;
  /** Absolute paths, in the order in which the files are first named. */
  readonly files: readonly string[];
}

/**
 * Reads a file and those it extends. A file is merged over what it extends, and of several it extends each over those
 * named before it. All keys are inherited, the version and the name included, so that any of the files may leave out
 * what another gives. Only `env` is not merged: a variable that one file lists may be used in all.
 *
 * @param file Absolute path.
 * @param written The same as the user wrote it.
 */
export function compose(file: string, written: string, problems: Diagnostic[]): Composition {
  const composer = new Composer(file, problems);
  const root = composer.read(file, readText(file, 'E009', written), null);
  return {root: composer.complete ? root : null, variables: composer.variables, files: composer.files};
}

interface Open {
  readonly file: string;
  readonly real: string;
  /** Where the file before it names it. */
  readonly at: Span | null;
}

class Composer {
  readonly files: string[] = [];
  readonly variables = new Set<string>();
  /** Whether all files could be read; if not, what is missing would only be told as errors of other files. */
  complete = true;
  readonly #trees = new Map<string, Dict | null>();
  /** The files under way, each on behalf of the one before. */
  readonly #open: Open[] = [];

  constructor(
    readonly main: string,
    readonly problems: Diagnostic[],
  ) {}

  /** The tree of a file, merged over those that it extends. */
  read(file: string, text: string, at: Span | null): Dict | null {
    this.files.push(file);
    const source = new Source(file, dirname(file), text, 'experiment', at);
    this.#open.push({file, real: realpathSync(file), at});
    const tree = this.#tree(source);
    this.#open.pop();
    this.#trees.set(file, tree);
    return tree;
  }

  #tree(source: Source): Dict | null {
    const root = parseYaml(source, this.problems);
    if (root?.kind !== 'map') {
      this.complete = false;
      if (root && root.kind !== 'hole') {
        const hint = 'an experiment is a map: "strata: 1", "name:", "stages:"';
        this.problems.push(valueProblem('E101', `not an experiment but ${shape(root)}`, root, hint));
      }
      return null;
    }
    const version = root.entries.get('strata');
    const wrong = version && source.extendedAt ? versionProblem(version.value) : null;
    if (wrong) this.problems.push(wrong);
    const listed = root.entries.get('env');
    if (listed) for (const name of readVariables(listed.value, this.problems)) this.variables.add(name);
    const own = new Map([...root.entries].filter(([key]) => key !== 'extends' && key !== 'env'));
    return this.#extend(withEntries(root, own), this.#bases(root.entries.get('extends')?.value));
  }

  /** What a map makes of those it extends, of which the later win over the earlier. */
  #extend(own: Dict, bases: readonly (Dict | null)[]): Dict | null {
    let tree: Dict | null = null;
    for (const map of [...bases, own]) {
      if (!map) continue;
      tree = tree === null ? map : merge(tree, map);
      const reason = excess(tree);
      if (reason === null) continue;
      this.problems.push(problem('E007', reason, own.span));
      this.complete = false;
      return null;
    }
    return tree && {...tree, span: own.span};
  }

  #bases(value: Value | undefined): (Dict | null)[] {
    if (!value) return [];
    if (value.kind === 'list' && value.items.length > MAX_FILES) {
      this.#fail(valueProblem('E118', `more than ${MAX_FILES} files to extend`, value));
      return [];
    }
    const bases: (Dict | null)[] = [];
    for (const item of value.kind === 'list' ? value.items : [value]) {
      if (item.kind === 'scalar' && !isNull(item)) bases.push(this.#base(item));
      else {
        this.complete = false;
        if (item.kind === 'hole') continue;
        const what = item.kind === 'scalar' ? got(core(item.text), item) : shape(item);
        const message = `"extends": expected a path or a list of paths, got ${what}`;
        this.problems.push(valueProblem('E106', message, item));
      }
    }
    return bases;
  }

  #base(at: Scalar): Dict | null {
    const {text: written, span} = at;
    if (written.includes('${')) {
      const hint = 'what a file extends is read before anything else';
      return this.#fail(valueProblem('E117', '"extends" takes no reference', at, hint));
    }
    const file = resolve(at.folder, written);
    const known = this.#trees.get(file);
    if (known !== undefined) return known;
    let real: string;
    let text: string;
    try {
      real = realpathSync(file);
      text = decode(readFileSync(file));
    } catch (error) {
      const reason = reasonOf(error);
      if (reason !== null)
        return this.#fail(valueProblem('E009', `"${written}" cannot be read: ${reason}`, at));
      return this.#fail(
        valueProblem('E009', `there is no file "${written}"`, at, whereabouts(file, written)),
      );
    }
    const start = this.#open.findIndex(open => open.real === real);
    if (start >= 0) return this.#fail(this.#circle(start, span));
    if (this.#open.length >= MAX_FILES)
      return this.#fail(problem('E118', `a chain of more than ${MAX_FILES} files`, span));
    return this.read(file, text, span);
  }

  #circle(start: number, last: Span): Diagnostic {
    const circle = this.#open.slice(start);
    const names = circle.map(({file}) => relative(dirname(this.main), file));
    const edges = [...circle.slice(1).map(open => open.at!), last];
    const notes: Notes = edges
      .slice(1)
      .map((span, i) => ({message: `extends ${names[i + 2] ?? names[0]!}`, place: placeOf(span)}));
    const message = `files extend each other in a circle: ${[...names, names[0]!].join(' -> ')}`;
    return problem('E118', message, edges[0]!, null, notes);
  }

  #fail(told: Diagnostic): null {
    this.complete = false;
    this.problems.push(told);
    return null;
  }
}

/** What may help to find a file that is not there: one of a similar name in that folder, or where it was looked for. */
function whereabouts(file: string, written: string): string {
  let names: string[] = [];
  try {
    names = readdirSync(dirname(file)).sort();
  } catch {
    // The folder is not there either.
  }
  const close = suggest(
    basename(file),
    names.filter(name => /\.ya?ml$/.test(name)),
  );
  return close === null ? `looked for ${file}` : `did you mean "${join(dirname(written), close)}"?`;
}
