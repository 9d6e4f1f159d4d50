import {expect} from 'vitest';
import type {Matrix} from '../../src/kernels/matrix.js';
import {Workplace} from '../rig/strata.js';

export type Rows = Record<string, Record<string, number>[]>;

/** Rows of numbers as the text of a CSV file without header. */
export const csv = (x: Matrix): string =>
  Array.from({length: x.rows}, (_, i) => x.data.slice(i * x.cols, (i + 1) * x.cols).join(',')).join('\n');

/** Experiments of given stages, run by the command line in a folder of their own. */
export class GoldenRuns {
  readonly #place = new Workplace();

  write(name: string, content: string | Uint8Array): void {
    this.#place.write(name, content);
  }

  remove(): void {
    this.#place.remove();
  }

  /** Runs stages, each written as a YAML map, and gives the rows of their tables by label. */
  async run(stages: Readonly<Record<string, string>>): Promise<Rows> {
    const text = Object.entries(stages).map(([label, stage]) => `  ${label}: ${stage}`);
    this.#place.write('golden.yaml', ['strata: 1', 'name: golden', 'stages:', ...text].join('\n'));
    const {code, stderr} = await this.#place.strata('run', 'golden.yaml');
    expect(stderr).toBe('');
    expect(code).toBe(0);
    return JSON.parse((await this.#place.strata('show', 'golden', '--json')).stdout) as Rows;
  }
}
