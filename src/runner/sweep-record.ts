import {mkdirSync, readFileSync, renameSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';

export type VariantState = 'planned' | 'running' | 'done' | 'failed';

export interface VariantRecord {
  /** What it changes, as text, by path. */
  readonly changes: Readonly<Record<string, string>>;
  readonly state: VariantState;
}

/**
 * What is known of a sweep, `outputs/NAME/sweep.json`: its variants by id and how far each is. A sweep that is run again,
 * or with more values, adds to it and takes nothing away.
 */
export class SweepRecord {
  readonly #variants: Map<string, VariantRecord>;

  private constructor(
    private readonly folder: string,
    variants: Iterable<[string, VariantRecord]>,
  ) {
    this.#variants = new Map(variants);
  }

  static open(outputs: string, name: string): SweepRecord {
    const folder = join(outputs, name);
    return new SweepRecord(folder, Object.entries(readSweep(outputs, name) ?? {}));
  }

  /** Notes how far variants are. */
  set(ids: readonly string[], changes: (id: string) => VariantRecord['changes'], state: VariantState): void {
    for (const id of ids) this.#variants.set(id, {changes: changes(id), state});
    mkdirSync(this.folder, {recursive: true});
    const draft = join(this.folder, 'sweep.json.draft');
    const text = JSON.stringify({format: 1, variants: Object.fromEntries(this.#variants)}, null, 1);
    writeFileSync(draft, `${text}\n`);
    renameSync(draft, join(this.folder, 'sweep.json'));
  }
}

/** The variants of a sweep by id, or undefined if there is no such sweep. */
export function readSweep(outputs: string, name: string): Record<string, VariantRecord> | undefined {
  try {
    const text = readFileSync(join(outputs, name, 'sweep.json'), 'utf8');
    return (JSON.parse(text) as {variants: Record<string, VariantRecord>}).variants;
  } catch {
    return undefined;
  }
}
