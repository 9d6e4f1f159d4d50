import {isDeepStrictEqual} from 'node:util';
import {StrataError} from '../../diagnostics/diagnostic.js';
import type {PathKind} from '../../stages/define.js';
import type {Canonical} from '../../store/canonical.js';
import type {KeyRecord} from '../../store/manifest.js';
import {OutsideFiles} from '../files.js';
import type {Node} from '../node.js';

/** What became of the files that a stage read when it ran. */
export interface ChangedInput {
  readonly path: string;
  readonly is: 'missing' | 'changed';
  /** Names of files within a folder, or beside a model, that are not what they were; empty for a single file. */
  readonly files: readonly string[];
}

/** Outside files of which some are taken to hold what a run has recorded, without a look at them. */
export class RecordedFiles extends OutsideFiles {
  readonly #trusted = new Map<string, Canonical>();

  /** Takes the recorded content of a stage's files for what is there: its result is not made again. */
  trust({paths}: Node, record: KeyRecord): void {
    for (const {kind, path, at} of paths) this.#trusted.set(`${kind} ${path}`, recordedContent(record, at));
  }

  override digest(kind: PathKind, path: string): Canonical {
    return this.#trusted.get(`${kind} ${path}`) ?? super.digest(kind, path);
  }

  /** The paths of a stage that do not hold any more what it read when it ran. */
  changes({paths}: Node, record: KeyRecord): ChangedInput[] {
    return paths.flatMap(({kind, path, at}): ChangedInput[] => {
      const before = recordedContent(record, at);
      const now = this.#digest(kind, path);
      if (now === null) return [{path, is: 'missing', files: []}];
      if (isDeepStrictEqual(now, before)) return [];
      return [{path, is: 'changed', files: unlike(before, now)}];
    });
  }

  #digest(kind: PathKind, path: string): Canonical {
    try {
      return super.digest(kind, path);
    } catch (error) {
      if (error instanceof StrataError) return null;
      throw error;
    }
  }
}

/** What stands in the record of a stage for the content of a path among its parameters. */
function recordedContent({params}: KeyRecord, at: Node['paths'][number]['at']): Canonical {
  let value = params as Readonly<Record<string | number, Canonical>>;
  for (const step of at) value = value[step] as typeof value;
  return value['content']!;
}

const isMap = (value: Canonical): value is Readonly<Record<string, Canonical>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function unlike(before: Canonical, now: Canonical): string[] {
  if (!isMap(before) || !isMap(now)) return [];
  const names = new Set([...Object.keys(before), ...Object.keys(now)]);
  return [...names].filter(name => before[name] !== now[name]).sort();
}
