import type {Place} from '../diagnostics/diagnostic.js';
import {placeOf} from './source.js';
import type {PathParam} from './typed.js';
import {child, type Dict, type Entry, type Pointer} from './value.js';

/** A stage as its experiment declares it: pure data, valid by its schema. */
export interface Stage {
  readonly label: string;
  readonly kind: string;
  /** Name within the kind, null for a kind with one member. */
  readonly name: string | null;
  /** Own parameters: typed, defaults filled in, references replaced, paths absolute. */
  readonly params: Readonly<Record<string, unknown>>;
  /** The parameters that are paths. */
  readonly paths: readonly PathParam[];
  /** The parameters that were written for other variants of a sweep, without effect in this one: they are as if they were not. */
  readonly idle?: readonly Pointer[];
  /** Labels of the stages that each port takes, in the order written. Ports that take none are left out. */
  readonly from: Readonly<Record<string, readonly string[]>>;
}

/** What the user wrote, composed and validated: the stages are joined by ports of fitting types, without a circle. */
export interface Experiment {
  /** Version of the language. */
  readonly strata: 1;
  readonly name: string;
  readonly description: string | null;
  readonly seed: number;
  readonly params: Readonly<Record<string, unknown>>;
  /** By label, in the order of the file. */
  readonly stages: ReadonlyMap<string, Stage>;
  /** Absolute path of the file. */
  readonly file: string;
  readonly origins: Origins;
}

/** Where the values of an experiment were written: in a file, on the command line, or in the environment. */
export class Origins {
  readonly #root: Dict;

  constructor(root: Dict) {
    this.#root = root;
  }

  /**
   * The place of the value at a path such as `['stages', 'id', 'k']` or `['stages', 'id', 'from', 0]`. What was not
   * written (a default) is at the key that it would stand under.
   */
  value(path: Pointer): Place {
    return this.#place(path, false);
  }

  /** The place of the key of that value; a list item is its own key. */
  key(path: Pointer): Place {
    return this.#place(path, true);
  }

  /** Whether the value was written at all; if not, it is a default. */
  has(path: Pointer): boolean {
    return this.#find(path).written;
  }

  #place(path: Pointer, key: boolean): Place {
    const {entry, written} = this.#find(path);
    return placeOf(key || !written ? entry.key : entry.value.span);
  }

  /** What stands at a path, or the last on the way to it that was written. */
  #find(path: Pointer): {entry: Entry; written: boolean} {
    let entry: Entry = {key: this.#root.span, value: this.#root};
    for (const step of path) {
      const next = child(entry.value, step);
      if (!next) return {entry, written: false};
      entry = next;
    }
    return {entry, written: true};
  }
}
