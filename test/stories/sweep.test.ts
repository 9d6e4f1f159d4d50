import {readFileSync} from 'node:fs';
import {describe, expect, test} from 'vitest';
import {Workplace} from '../rig/strata.js';

const BASE = `strata: 1
name: sweep
params: {n: 60, k: 5}
stages:
  shapes: {stage: load, source: shapes, n: '\${params.n}'}
  pixels: {stage: preprocess, from: shapes, preset: none}
  hidden: {stage: extract, from: pixels}
  overlap: {stage: metric, metric: neighborhood-overlap, from: hidden, k: '\${params.k}'}
`;
const place = new Workplace();
const write = (sweep: string): string => {
  place.write('sweep.yaml', `${BASE}${sweep}`);
  return 'sweep.yaml';
};
const ids = async (sweep: string, ...overrides: string[]): Promise<string[]> => {
  const {stdout, stderr, code} = await place.strata('run', '--list', write(sweep), ...overrides);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  return stdout.trim().split('\n');
};
const problem = async (sweep: string, ...overrides: string[]): Promise<string> => {
  const {stderr, code} = await place.strata('run', '--list', write(sweep), ...overrides);
  expect(code).toBe(2);
  return stderr.trim();
};

describe('the variants of a sweep', () => {
  test('grid takes all combinations, the first slowest; ranges are exact and end before their stop', async () => {
    expect(await ids('sweep: {grid: {params.k: [3, 4], params.n: "range(50, 71, 10)"}}')).toEqual([
      'k=3,n=50',
      'k=3,n=60',
      'k=3,n=70',
      'k=4,n=50',
      'k=4,n=60',
      'k=4,n=70',
    ]);
    expect(await ids('sweep: {grid: {stages.pixels.scale: "range(0.1, 0.45, 0.1)"}}')).toEqual(
      ['0.1', '0.2', '0.3', '0.4'].map(s => `pixels.scale=${s}`),
    );
  });

  test('zip goes side by side, list has whole sets, exclude takes out', async () => {
    expect(await ids('sweep: {zip: {params.k: [3, 4], params.n: [50, 60]}}')).toEqual([
      'k=3,n=50',
      'k=4,n=60',
    ]);
    expect(await ids('sweep: {list: [{params.k: 3}, {params.k: 4, params.n: 50}]}')).toEqual([
      'k=3',
      'k=4,n=50',
    ]);
    expect(
      await ids(
        'sweep: {grid: {params.k: [3, 4], params.n: [50, 60]}, exclude: [{params.k: 3, params.n: 60}]}',
      ),
    ).toEqual(['k=3,n=50', 'k=4,n=50', 'k=4,n=60']);
  });

  test('ablate is the baseline, each change alone, and with pairs every two', async () => {
    const ablate = 'ablate: {few: {params.n: 50}, near: {params.k: 3}, small: {stages.pixels.resize: 8}}';
    expect(await ids(`sweep: {${ablate}}`)).toEqual(['baseline', 'few', 'near', 'small']);
    expect(await ids(`sweep: {${ablate}, pairs: true}`)).toEqual([
      'baseline',
      'few',
      'near',
      'small',
      'few,near',
      'few,small',
      'near,small',
    ]);
  });

  test('the command line sweeps too, and takes the place of the file for the same path', async () => {
    expect(await ids('', 'params.k=3,4', 'params.n=range(50,70,10)')).toEqual([
      'k=3,n=50',
      'k=3,n=60',
      'k=4,n=50',
      'k=4,n=60',
    ]);
    expect(await ids('sweep: {grid: {params.k: [8, 9]}}', 'params.k=3,4')).toEqual(['k=3', 'k=4']);
  });

  test('files are told by their names', async () => {
    const models = ['step-00000', 'step-00288', 'step-00720', 'step-01800'];
    const found = await ids('sweep: {grid: {stages.hidden.model: "glob(models/shapes-vit/step-*.onnx)"}}');
    expect(found).toEqual(models.map(m => `hidden.model=${m}`));
  });

  test('an experiment without a sweep says so', async () => {
    expect(await ids('')).toEqual(['no sweep: one experiment']);
  });

  test('what cannot be a sweep is told at its place', async () => {
    expect(await problem('sweep: {grid: {params.k: 5}}'))
      .toBe(`E130 sweep.yaml:9:26  a sweep takes a list, range(...) or glob(...), not a single value
   9 | sweep: {grid: {params.k: 5}}
     |                          ~`);
    expect(await problem('sweep: {grids: {params.k: [5]}}')).toContain('unknown key "grids" in a sweep');
    expect(await problem('sweep: {zip: {params.k: [3, 4], params.n: [50]}}')).toContain(
      '"params.n" has 1 values, "params.k" 2: zip goes side by side',
    );
    expect(await problem('sweep: {grid: {params.m: [5]}}')).toContain('"params" has no "m"');
    expect(await problem('sweep: {grid: {params.k: [5], params.n: "range(0, 5, 0)"}}')).toContain(
      '"range(0, 5, 0)" never ends: its step is 0',
    );
    expect(await problem('sweep: {grid: {params.k: ["five"]}}')).toContain('five');
    expect(await problem('', 'params.k=range(0,100)', 'params.n=range(0,200)')).toContain(
      'a sweep of 20000 variants; at most 10000 are taken',
    );
  });
});

test('what variants share runs once; running again or with more values redoes nothing', async () => {
  const file = write('sweep: {grid: {params.k: [3, 4]}}');
  const count = async (): Promise<Record<string, number>> => {
    const counts: Record<string, number> = {};
    for (const e of await place.events(file))
      if (e.type === 'stage-finished' && e.outcome === 'ran') counts[e.stage] = (counts[e.stage] ?? 0) + 1;
    return counts;
  };
  expect(await count()).toEqual({shapes: 1, pixels: 1, hidden: 1, 'hidden~neighbors': 1, overlap: 2});
  expect(await count()).toEqual({});
  write('sweep: {grid: {params.k: [3, 4, 5]}}');
  expect(await count()).toMatchObject({overlap: 1});
  const {variants} = JSON.parse(readFileSync(place.path('outputs/sweep/sweep.json'), 'utf8')) as {
    variants: Record<string, {state: string; changes: Record<string, string>}>;
  };
  expect(variants).toEqual({
    'k=3': {changes: {'params.k': '3'}, state: 'done'},
    'k=4': {changes: {'params.k': '4'}, state: 'done'},
    'k=5': {changes: {'params.k': '5'}, state: 'done'},
  });
});

test('a variant that fails does not stop the others', async () => {
  place.write(
    'fails.yaml',
    `${BASE.replace('name: sweep', 'name: fails')}  scales: {stage: decimate, from: hidden, fractions: [0.1]}
sweep: {list: [{params.n: 12}, {params.n: 48}]}
`,
  );
  const {code, stdout} = await place.strata('run', 'fails.yaml');
  expect(code).toBe(1);
  expect(stdout).toContain('fraction 0.1 of 12 samples leaves 1, fewer than 4');
  expect(stdout).toMatch(/2\/2 n=48/);
  expect(stdout).toContain('2 variants:');
});
