import {existsSync, renameSync, rmSync} from 'node:fs';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {Workplace} from '../rig/strata.js';
import {MATRIX, matrixCsv} from './matrix.js';

/** A stage of `strata plan --json`. */
interface Row {
  readonly stage: string;
  readonly state: string;
  readonly key: string | null;
  readonly record: object | null;
  readonly reason: string | null;
  readonly until: readonly string[];
  readonly missing: readonly object[];
  readonly expectedSeconds: number | null;
  readonly bytes: number | null;
}
interface Document {
  readonly experiment: string;
  readonly stages: readonly Row[];
  readonly diagnostics: readonly {readonly code: string; readonly message: string}[];
}

const place = new Workplace();
afterAll(() => place.remove());

const OTHER = `  other: {stage: load, source: matrix, path: other.csv}
  spread: {stage: metric, metric: anisotropy, from: other}
`;
const documentOf = async (...args: string[]): Promise<Document> =>
  JSON.parse((await place.strata('plan', '--json', ...args)).stdout) as Document;
const states = ({stages}: Document): Record<string, string> =>
  Object.fromEntries(stages.map(({stage, state}) => [stage, state]));

beforeAll(() => {
  place.write('a.yaml', MATRIX);
  place.write('b.yaml', `${MATRIX}${OTHER}`);
  place.write('data.csv', matrixCsv(60));
  place.write('other.csv', matrixCsv(60, {from: 2}));
});

describe('a plan', () => {
  test('before anything has run: what runs, what waits, no times; and it writes nothing', async () => {
    const {code, stdout, stderr} = await place.strata('plan', 'a.yaml');
    expect(stdout).toBe(`data            run      never run
scales          unknown  until data has run
data~neighbors  unknown  until data has run
id              unknown  until scales has run
overlap         unknown  until data has run

5 stages: 0 cached, 1 to run, 4 unknown
`);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(existsSync(place.path('outputs'))).toBe(false);
  });

  test('after a run: seconds and bytes of what is known, and of what runs those of its earlier result', async () => {
    expect((await place.run('b.yaml')).code).toBe(0);
    const {stages} = await documentOf('b.yaml', 'stages.data.header=false', 'stages.spread.centre=false');
    const of = (label: string): Row => stages.find(s => s.stage === label)!;
    expect(of('other')).toMatchObject({state: 'hit', expectedSeconds: 0});
    expect(of('other').bytes).toBeGreaterThan(60 * 3 * 8);
    expect(of('data')).toMatchObject({state: 'run', reason: 'params.header true -> false'});
    expect(of('id')).toMatchObject({state: 'unknown', until: ['scales'], key: null, record: null});
    for (const label of ['data', 'id', 'overlap', 'spread']) {
      expect(of(label).expectedSeconds).toBeGreaterThan(0);
      expect(of(label).bytes).toBeGreaterThan(0);
    }
    const {stdout} = await place.strata('plan', 'b.yaml', 'stages.spread.centre=false');
    expect(stdout).toMatch(/^spread +run +params\.centre true -> false {2}~ \S+ m?s$/m);
    expect(stdout).toMatch(/\n6 stages: 5 cached, 1 to run, 0 unknown, ~ \S+ m?s of work\n$/);
  });

  test('a time is not made up for what has never run', async () => {
    const args = ['b.yaml', '+stages.more={stage: metric, metric: anisotropy, from: data, centre: false}'];
    const {stdout} = await place.strata('plan', ...args);
    expect(stdout).toMatch(/^more +run +never run$/m);
    expect(stdout).toMatch(/\n7 stages: 6 cached, 1 to run, 0 unknown\n$/);
  });
});

describe('a plan of an experiment with missing files', () => {
  beforeAll(() => renameSync(place.path('other.csv'), place.path('away.csv')));
  afterAll(() => renameSync(place.path('away.csv'), place.path('other.csv')));

  test('decides all other stages, then says what is missing and where it was written', async () => {
    const {code, stdout, stderr} = await place.strata('plan', 'b.yaml');
    expect(stdout).toMatch(/^data +cached$/m);
    expect(stdout).toMatch(/^id +cached$/m);
    expect(stdout).toMatch(/^other +missing {2}other\.csv \(b\.yaml:10:46\) {2}~ \S+ m?s$/m);
    expect(stdout).toMatch(/^spread +unknown {2}until other has run {2}~ \S+ m?s$/m);
    expect(stdout).toMatch(/\n6 stages: 4 cached, 0 to run, 1 unknown, 1 missing/);
    expect(stderr).toBe(`E301 b.yaml:10:46  no such file: ${place.path('other.csv')}
   10 |   other: {stage: load, source: matrix, path: other.csv}
      |                                              ~~~~~~~~~
`);
    expect(code).toBe(2);
  });

  test('as JSON is one document with everything', async () => {
    const {code, stderr} = await place.strata('plan', '--json', 'b.yaml');
    expect([code, stderr]).toEqual([2, '']);
    const document = await documentOf('b.yaml');
    expect(states(document)).toEqual({
      data: 'hit',
      scales: 'hit',
      id: 'hit',
      overlap: 'hit',
      other: 'missing',
      spread: 'unknown',
    });
    expect(document.stages.find(s => s.stage === 'other')).toMatchObject({
      key: null,
      record: null,
      missing: [
        {
          parameter: 'path',
          path: place.path('other.csv'),
          writtenAt: {file: place.path('b.yaml'), line: 10, col: 46},
        },
      ],
    });
    expect(document.diagnostics).toMatchObject([{code: 'E301', range: {start: {line: 10, col: 46}}}]);
  });

  test('is told once for a file that two stages name by one parameter', async () => {
    place.write(
      'twice.yaml',
      `strata: 1
name: twice
params: {file: nowhere.csv}
stages:
  a: {stage: load, source: matrix, path: '\${params.file}'}
  b: {stage: load, source: matrix, path: '\${params.file}', header: false}
`,
    );
    const document = await documentOf('twice.yaml');
    expect(states(document)).toEqual({a: 'missing', b: 'missing'});
    expect(document.diagnostics.map(d => d.code)).toEqual(['E301']);
  });

  test('of a sweep: every variant that can be decided is', async () => {
    const {code, stdout, stderr} = await place.strata('plan', 'a.yaml', 'stages.data.path=data.csv,none.csv');
    expect(stdout).toBe(`data.path=data.csv  4 stages: 4 cached, 0 to run, 0 unknown
data.path=none.csv  5 stages: 0 cached, 0 to run, 4 unknown, 1 missing
`);
    expect(stderr).toContain('no such file: ');
    expect(code).toBe(2);
  });

  test('is not run: nothing is, and it ends as the plan does', async () => {
    const runs = place.runs('matrix');
    const {code, stdout, stderr} = await place.strata('run', 'b.yaml', 'stages.spread.centre=false');
    expect(stderr).toMatch(/^E301 b\.yaml:10:46 {2}no such file: /);
    expect(stdout).toBe('');
    expect(code).toBe(2);
    expect(place.runs('matrix')).toEqual(runs);
  });
});

describe('neighbours of subsets that are never the whole', () => {
  const HALVES = ['stages.scales.fractions=[0.5]', '~stages.overlap'];

  test('are planned, explained and found without a table of the whole, and are the same', async () => {
    rmSync(place.path('outputs'), {recursive: true});
    const planned = await documentOf('a.yaml', ...HALVES);
    expect(planned.stages.map(s => s.stage)).toEqual(['data', 'scales', 'id']);
    const {stdout} = await place.strata('explain', '--json', 'a.yaml', 'id', ...HALVES);
    const {upstream} = JSON.parse(stdout) as {upstream: {stage: string}[]};
    expect(upstream.map(s => s.stage)).toEqual(['data', 'scales']);

    const {code, outcomes} = await place.run('a.yaml', ...HALVES);
    expect([code, outcomes]).toEqual([0, {data: 'ran', scales: 'ran', id: 'ran'}]);
    const halves = (await idRows()).filter(row => row['subset'] !== 'full');
    expect(halves).toHaveLength(2);
    expect((await place.run('a.yaml')).outcomes['data~neighbors']).toBe('ran');
    expect((await idRows()).filter(row => row['subset'] !== 'full')).toEqual(halves);
  });

  test.each([
    ['the size of all samples', ['stages.scales.sizes=[60]', '~stages.scales.fractions'], 'full'],
    ['a share that rounds to all of them', ['stages.scales.fractions=[0.995]'], '0.995/0'],
  ])('%s is measured as the whole is', async (_, draws, subset) => {
    expect((await place.run('a.yaml')).code).toBe(0);
    const [whole] = await idRows();
    expect((await place.run('a.yaml', '~stages.overlap', ...draws)).code).toBe(0);
    const about = {subset, fraction: expect.any(Number) as number};
    expect((await idRows())[0]).toEqual({...whole, ...about});
  });

  async function idRows(): Promise<Record<string, unknown>[]> {
    const {stdout} = await place.strata('show', 'matrix', 'id', '--json');
    return JSON.parse(stdout) as Record<string, unknown>[];
  }
});

test('a larger neighbour table that is there serves a smaller need', async () => {
  rmSync(place.path('outputs'), {recursive: true});
  expect((await place.run('a.yaml', 'params.k=100')).outcomes['data~neighbors']).toBe('ran');
  const {outcomes, units} = await place.run('a.yaml', 'params.k=20');
  expect(outcomes).toMatchObject({'data~neighbors': 'cached', id: 'cached', overlap: 'ran'});
  expect(units).toEqual(['overlap/input']);
  // The result does not show it.
  const found = place.digests('matrix');
  rmSync(place.path('outputs/.store'), {recursive: true});
  expect((await place.run('a.yaml', 'params.k=20')).outcomes['data~neighbors']).toBe('ran');
  expect(place.digests('matrix')).toEqual(found);
});
