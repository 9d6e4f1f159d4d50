import {existsSync} from 'node:fs';
import {afterAll, describe, expect, test} from 'vitest';
import {Workplace} from '../rig/strata.js';
import {MATRIX, matrixCsv} from './matrix.js';

/** A plot with `series: variant` shows all variants of a sweep in one figure. */
const place = new Workplace();
afterAll(() => place.remove());
place.write('data.csv', matrixCsv(60));

const FIGURE = '  figure: {stage: plot, plot: profile, from: [id, overlap], series: variant}\n';
const write = (sweep: string): string => {
  place.write('a.yaml', `${MATRIX}${FIGURE}${sweep}\n`);
  return 'a.yaml';
};

interface Spec {
  readonly vconcat: readonly {data: {values: {series: string; layer: string; value: number}[]}}[];
}
/** What the latest figure of the sweep draws, panel by panel: the value of each line at its only layer. */
const drawn = (): Record<string, number>[] =>
  (JSON.parse(place.read('outputs/matrix/latest/figures/figure.vl.json')) as Spec).vconcat.map(panel =>
    Object.fromEntries(panel.data.values.map(({series, value}) => [series, value])),
  );
const values = async (run: string, stage: string): Promise<number[]> => {
  const shown = await place.strata('show', run, stage, '--json');
  return (JSON.parse(shown.stdout) as Record<string, number>[]).map(row => row[stage]!);
};

describe('a plot of all variants', () => {
  test('is drawn once, after them, from what they have', async () => {
    const {code, events, outcomes} = await place.run(write('sweep: {grid: {params.k: [3, 5]}}'));
    expect(code).toBe(0);
    const runs = events.filter(e => e.type === 'run-started');
    expect(runs.map(r => r.name)).toEqual(['matrix/k=3', 'matrix/k=5', 'matrix']);
    expect(runs.at(-1)).toMatchObject({stages: 9, toRun: 1});
    // What draws at random, by the seed of its label in the variant, is found again too.
    expect(outcomes).toMatchObject({
      'k=3/scales': 'cached',
      'k=5/scales': 'cached',
      'k=5/overlap': 'cached',
      figure: 'ran',
    });
    for (const ending of ['png', 'svg', 'vl.json'])
      expect(existsSync(place.path(`outputs/matrix/latest/figures/figure.${ending}`))).toBe(true);
    expect(Object.keys(place.record('matrix/k=3').stages)).not.toContain('figure');
    const [id, overlap] = drawn();
    expect(Object.keys(id!)).toEqual(['3', '5']);
    expect(id!['3']).toBe(id!['5']);
    expect(overlap).toEqual({
      3: (await values('matrix/k=3', 'overlap'))[0],
      5: (await values('matrix/k=5', 'overlap'))[0],
    });
  });

  test('is drawn anew only if a variant is', async () => {
    const before = place.record('matrix').run;
    const again = await place.run('a.yaml');
    expect(again.events.filter(e => e.type === 'stage-finished' && e.outcome !== 'cached')).toEqual([]);
    expect(place.record('matrix').run).toBe(before);
    const more = await place.run(write('sweep: {grid: {params.k: [3, 4, 5]}}'));
    expect(Object.keys(more.reasons).sort()).toEqual(['figure', 'overlap']);
    expect(Object.keys(drawn()[1]!)).toEqual(['3', '4', '5']);
  });

  test('is told of at the end', async () => {
    const {stdout} = await place.strata('run', 'a.yaml');
    const {run} = place.record('matrix');
    expect(stdout.slice(stdout.indexOf('3 variants:'))).toBe(
      `3 variants: outputs/matrix

all variants

figure  outputs/matrix/${run}/figures/figure.png

everything was cached (13 stages): outputs/matrix/${run}
`,
    );
  });

  test('stands once in the graph', async () => {
    const {stdout} = await place.strata('graph', 'a.yaml');
    expect(stdout.match(/figure\["figure<br>plot profile"\]/g)).toHaveLength(1);
    expect(stdout).toContain('overlap --> figure');
    expect((await place.strata('validate', 'a.yaml')).stdout).toBe(
      'a.yaml: ok, experiment "matrix" with 5 stages in 3 variants\n',
    );
  });

  test('is not drawn if a variant failed, and that is said', async () => {
    const file = write('sweep: {ablate: {few: {stages.scales.fractions: [0.01]}, near: {params.k: 2}}}');
    const {code, stdout} = await place.strata('run', file);
    expect(code).toBe(1);
    expect(stdout).toMatch(/\n\nall variants\nfigure {2}skipped +few failed\n$/);
    const events = await place.events(file);
    expect(events.at(-1)).toEqual({
      ...{type: 'stage-finished', stage: 'figure', outcome: 'skipped'},
      ...{seconds: 0, reason: null, because: 'few'},
    });
  });

  test('shows named changes by their names, and the seeds of variants', async () => {
    const {code, outcomes} = await place.run(
      write('sweep: {ablate: {other-seed: {seed: 2}, near: {params.k: 2}}}'),
    );
    expect(code).toBe(0);
    expect(outcomes).toMatchObject({'other-seed/scales': 'cached', figure: 'ran'});
    expect(Object.keys(drawn()[0]!)).toEqual(['baseline', 'other-seed', 'near']);
  });

  test('needs a sweep, and the same plot in all variants', async () => {
    expect((await place.strata('validate', write(''))).stderr)
      .toBe(`E132 a.yaml:10:69  "variant" draws a line for each variant, and nothing is swept
   10 |   figure: {stage: plot, plot: profile, from: [id, overlap], series: variant}
      |                                                                     ~~~~~~~
   add "sweep:", give a parameter several values (params.n=60,120), or draw another series
`);
    expect((await place.strata('validate', write('sweep: {grid: {stages.figure.width: [300, 400]}}'))).stderr)
      .toBe(`E132 a.yaml:10:3  "figure" shows all variants, and is not the same in "figure.width=300" and "figure.width=400"
   10 |   figure: {stage: plot, plot: profile, from: [id, overlap], series: variant}
      |   ~~~~~~
   what it draws, and how, must not depend on what is swept
`);
  });
});
