import {rmSync} from 'node:fs';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {Workplace, type Finished} from '../rig/strata.js';
import {MATRIX, matrixCsv} from './matrix.js';

const place = new Workplace();
afterAll(() => place.remove());

/** Dates, runs and keys, which are others every time, as words of their kind. */
const steady = (text: string): string =>
  text
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/g, 'DATE')
    .replace(/\d{8}-\d{6}(-\d+)?/g, 'RUN')
    .replace(/\b[0-9a-f]{64}\b/g, 'KEY')
    .replace(/\b[0-9a-f]{12}\b/g, 'DIGEST');
const explained = async (...args: string[]): Promise<string> => {
  const {code, stdout, stderr}: Finished = await place.strata('explain', ...args);
  expect([code, stderr]).toEqual([0, '']);
  return steady(stdout);
};

beforeAll(async () => {
  place.write('a.yaml', MATRIX);
  place.write('data.csv', matrixCsv(60));
  expect((await place.run('a.yaml')).code).toBe(0);
});

describe('strata explain', () => {
  test('a changed parameter, against the last run', async () => {
    expect(await explained('a.yaml', 'overlap', 'params.k=20', 'stages.overlap.weighted=true')).toBe(
      `overlap  metric/neighborhood-overlap  run  params.k 10 -> 20
key      KEY
earlier  KEY
         of the last run, made DATE by run matrix/RUN

field            before  now
params.k         10      20
params.weighted  false   true
`,
    );
  });

  test('a known result: when it was made, by what run, and the nearest other one', async () => {
    expect(await explained('a.yaml', 'overlap'))
      .toBe(`overlap  metric/neighborhood-overlap  cached  made DATE by run matrix/RUN
key      KEY
earlier  no other result of metric/neighborhood-overlap is known
`);
    expect((await place.run('a.yaml', 'params.k=5', 'stages.overlap.weighted=true')).code).toBe(0);
    expect((await place.run('a.yaml', 'params.k=6')).code).toBe(0);
    expect((await place.run('a.yaml')).code).toBe(0);
    expect(await explained('a.yaml', 'overlap'))
      .toBe(`overlap  metric/neighborhood-overlap  cached  made DATE by run matrix/RUN
key      KEY
earlier  KEY
         the nearest in the store, made DATE by run matrix/RUN

field     before  now
params.k  6       10
`);
  });

  test('a stage that no run of the experiment has had, against the nearest result of its kind', async () => {
    const text = await explained(
      'a.yaml',
      'gt',
      '+stages.gt={stage: metric, metric: neighborhood-overlap, from: data, with: labels, k: 7}',
    );
    expect(text).toBe(
      `gt  metric/neighborhood-overlap  run  never run
key      KEY
earlier  KEY
         the nearest in the store, made DATE by run matrix/RUN, as "overlap"

field     before  now
params.k  6       7
`,
    );
  });

  test('a changed file, and what waits for it', async () => {
    place.write('data.csv', matrixCsv(60, {from: 3}));
    const text = await explained('a.yaml', 'id', 'stages.id.fraction=0.5');
    expect(text).toBe(`id  metric/twonn  unknown  until scales has run
earlier  KEY
         of the last run, made DATE by run matrix/RUN

field            before  now
params.fraction  0.9     0.5

data  load/matrix  run  params.path: file changed
key      KEY
earlier  KEY
         of the last run, made DATE by run matrix/RUN

field        before        now
params.path  DIGEST  DIGEST

scales  decimate  unknown  until data has run
earlier  KEY
         of the last run, made DATE by run matrix/RUN

nothing that is known so far differs

data~neighbors  neighbors  unknown  until data has run
earlier  KEY
         the nearest in the store, made DATE by run matrix/RUN

nothing that is known so far differs
`);
    place.write('data.csv', matrixCsv(60));
  });

  test('inputs, part by part, with the stage that gives them', async () => {
    const stage = '+stages.more={stage: load, source: matrix, path: data.csv, sample: {n: 40}}';
    expect((await place.run('a.yaml', stage)).code).toBe(0);
    const text = await explained('a.yaml', 'scales', stage, 'stages.scales.from=more');
    expect(text).toContain('scales  decimate  run  from: data -> more\n');
    expect(text).toMatch(/^from more: samples +DIGEST {2}DIGEST$/m);
    expect(text).toMatch(/^from more: layer\/input +DIGEST {2}DIGEST$/m);
  });

  test('a missing file', async () => {
    expect(await explained('a.yaml', 'data', 'stages.data.path=none.csv')).toBe(
      'data  load/matrix  missing  none.csv (command line:1:18)\n',
    );
  });

  test('as JSON', async () => {
    const {stdout} = await place.strata('explain', '--json', 'a.yaml', 'id', 'stages.data.header=false');
    const document = JSON.parse(stdout) as Record<string, unknown> & {upstream: Record<string, unknown>[]};
    expect(document).toMatchObject({
      experiment: 'matrix',
      stage: 'id',
      state: 'unknown',
      key: null,
      record: null,
      made: null,
    });
    expect(document['earlier']).toMatchObject({last: true, differences: []});
    expect(document.upstream.map(u => u['stage'])).toEqual(['data', 'scales', 'data~neighbors']);
    expect(document.upstream[0]).toMatchObject({
      state: 'run',
      reason: 'params.header true -> false',
      record: {stage: 'load/matrix'},
      earlier: {
        last: true,
        by: {experiment: 'matrix', label: 'data'},
        differences: [
          {field: 'value', at: ['params', 'header'], name: null, before: true, now: false, stage: null},
        ],
      },
    });
  });

  test('a result that nobody has a record of making, or that is gone', async () => {
    for (const run of place.runs('matrix')) rmSync(place.path(`outputs/matrix/${run}`), {recursive: true});
    expect(await explained('a.yaml', 'data')).toMatch(/^data {2}load\/matrix {2}cached {2}made DATE\nkey/);
    rmSync(place.path('outputs'), {recursive: true});
    expect(await explained('a.yaml', 'data')).toBe(
      'data  load/matrix  run  never run\nkey      KEY\nearlier  no result of load/matrix is known\n',
    );
  });
});

describe('strata explain of a sweep', () => {
  const sweep = ['params.k=3,4'];

  test('explains the variant that is named', async () => {
    expect((await place.run('a.yaml', ...sweep)).code).toBe(0);
    const text = await explained('a.yaml', 'overlap', ...sweep, '--variant', 'k=4');
    expect(text).toBe(`overlap  metric/neighborhood-overlap  cached  made DATE by run matrix/k=4/RUN
key      KEY
earlier  KEY
         the nearest in the store, made DATE by run matrix/k=3/RUN

field     before  now
params.k  3       4
`);
  });

  test.each<[args: readonly string[], says: string]>([
    [
      ['overlap', ...sweep],
      'E725  a.yaml is a sweep of 2 experiments\n   say which by --variant:\n     k=3\n     k=4\n',
    ],
    [
      ['overlap', ...sweep, '--variant', 'k=5'],
      'E713  a.yaml has no variant "k=5"\n   did you mean "k=3"?\n',
    ],
    [['overlap', '--variant', 'k=3'], 'E713  a.yaml has no variant "k=3"\n   it is no sweep\n'],
    [['overlop'], 'E713  a.yaml has no stage "overlop"\n   did you mean "overlap"?\n'],
    [['zzz'], 'E713  a.yaml has no stage "zzz"\n   stages: data, scales, id, overlap\n'],
  ])('%j', async (args, says) => {
    expect((await place.run('a.yaml')).code).toBe(0);
    const {code, stdout, stderr} = await place.strata('explain', 'a.yaml', ...args);
    expect(stderr).toBe(says);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });
});
