/**
 * Values worked out when they are first asked for, in steps known beforehand, and kept for later steps while they fit in a
 * given memory; when they do not, the one that is needed last goes first (Belady 1966: no other choice makes fewer anew).
 */
export class Recall<Key, Value> {
  readonly #kept = new Map<string, {value: Value; bytes: number}>();

  /**
   * @param limit bytes of typed arrays to keep, besides those of the step in hand
   * @param steps the keys that each step will ask for
   */
  constructor(
    private readonly limit: number,
    private readonly steps: readonly (readonly Key[])[],
    private readonly make: (key: Key) => Promise<Value>,
  ) {}

  /** The value of a key in a step. */
  async at(step: number, key: Key): Promise<Value> {
    const known = this.#kept.get(idOf(key));
    if (known !== undefined) return known.value;
    this.#forget(step);
    const value = await this.make(key);
    this.#kept.set(idOf(key), {value, bytes: bytesOf(value)});
    this.#forget(step);
    return value;
  }

  #forget(step: number): void {
    const needed = this.steps[step]!.map(idOf);
    const nextUse = (id: string): number => {
      const next = this.steps.findIndex((keys, at) => at > step && keys.some(key => idOf(key) === id));
      return next < 0 ? Infinity : next;
    };
    const bytes = (): number => [...this.#kept.values()].reduce((sum, kept) => sum + kept.bytes, 0);
    while (bytes() > this.limit) {
      const spare = [...this.#kept.keys()].filter(id => !needed.includes(id));
      if (spare.length === 0) return;
      this.#kept.delete(spare.reduce((last, id) => (nextUse(id) > nextUse(last) ? id : last)));
    }
  }
}

const idOf = (key: unknown): string => JSON.stringify(key);

/** Of all typed arrays within a value; what a function has closed over is not seen. */
export function bytesOf(value: unknown): number {
  if (ArrayBuffer.isView(value)) return value.byteLength;
  if (typeof value !== 'object' || value === null) return 0;
  return Object.values(value).reduce((sum: number, part) => sum + bytesOf(part), 0);
}
