import {createHash} from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import {dirname} from 'node:path';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import type {RunRecord} from '../../src/runner/run-folder.js';
import type {Column, LayerInfo} from '../../src/stages/ports.js';
import {readTable, tableDigest, writeTable} from '../../src/store/codecs/table.js';
import {VectorWriter, openLayer} from '../../src/store/codecs/vectors.js';
import type {Part} from '../../src/store/manifest.js';
import {Store} from '../../src/store/store.js';
import {Workplace, said, until} from '../rig/strata.js';
import {matrixCsv} from './matrix.js';

const EXPERIMENT = `strata: 1
name: again
seed: 3
stages:
  data: {stage: load, source: matrix, path: data.csv, label: class}
  scales: {stage: decimate, from: data, fractions: [1, 0.5], repeats: 2}
  spread: {stage: metric, metric: anisotropy, from: scales}
`;
const LABELS = ['data', 'scales', 'spread'];

interface Report {
  readonly reproduced: boolean;
  readonly kept: string | null;
  readonly stages: Record<
    string,
    {
      readonly is: string;
      readonly key: string | null;
      readonly recordedKey: string | null;
      readonly changed: string | null;
      readonly parts?: readonly Record<string, unknown>[];
      readonly inputs?: readonly unknown[];
      readonly because?: string;
    }
  >;
}

const place = new Workplace();
afterAll(() => place.remove());
const csv = matrixCsv(60);
const record = 'outputs/again/latest/run.json';
let original: string;
beforeAll(async () => {
  place.write('again.yaml', EXPERIMENT);
  place.write('data.csv', csv);
  expect((await place.run('again.yaml')).code).toBe(0);
  original = place.read(record);
});

async function reproduce(...args: string[]): Promise<Report & {readonly code: number | null}> {
  const {code, stdout, stderr} = await place.strata('reproduce', ...args, '--json');
  expect(stderr).toBe('');
  return {...(JSON.parse(stdout) as Report), code};
}
const words = ({stages}: Report): Record<string, string> =>
  Object.fromEntries(Object.entries(stages).map(([label, {is}]) => [label, is]));
const all = (word: string): Record<string, string> => Object.fromEntries(LABELS.map(label => [label, word]));

/** Puts another file in the place of a recorded part, in the store and in the record. */
async function replacePart(
  label: string,
  name: string,
  write: (old: string, file: string, part: Part) => Promise<string>,
): Promise<void> {
  const run = JSON.parse(original) as RunRecord;
  const part = run.stages[label]!.parts.find(p => p.name === name)!;
  const store = new Store(run.store);
  const file = place.path('replaced');
  const digest = await write(store.blob(part.blob), file, part);
  const blob = createHash('sha256').update(readFileSync(file)).digest('hex');
  mkdirSync(dirname(store.blob(blob)), {recursive: true});
  renameSync(file, store.blob(blob));
  Object.assign(part, {digest, blob, bytes: statSync(store.blob(blob)).size});
  place.write(record, JSON.stringify(run));
}

describe('a run is reproduced', () => {
  test('from its record alone: with the same keys and digests, in a clean store that is gone afterwards', async () => {
    place.write('again.yaml', 'another: experiment\n');
    const before = place.results();
    const report = await reproduce('again');
    expect(words(report)).toEqual(all('same'));
    for (const {key, recordedKey, changed} of Object.values(report.stages)) {
      expect(key).toBe(recordedKey);
      expect(key).toMatch(/^[0-9a-f]{64}$/);
      expect(changed).toBeNull();
    }
    expect(report).toMatchObject({code: 0, reproduced: true, kept: null});
    expect(readdirSync(place.path('outputs')).sort()).toEqual(['.store', 'again']);
    expect(place.results()).toEqual(before);
    expect(place.read(record)).toBe(original);
  });

  test('after a changed input no stage that needs it is run', async () => {
    place.write('data.csv', csv.replace('0.', '1.'));
    const {code, stdout} = await place.strata('reproduce', 'again');
    expect(code).toBe(1);
    const run = (JSON.parse(original) as RunRecord).run;
    expect(stdout).toBe(
      `data    changed input  data.csv
scales  not run        needs data
spread  not run        needs scales

again ${run} is not reproduced: 1 changed input, 2 not run
`,
    );
  });

  test('after a missing input neither; but the stages after it are, from what the store has', async () => {
    rmSync(place.path('data.csv'));
    const without = await reproduce(place.path('outputs/again/latest'));
    expect(without.code).toBe(1);
    expect(without.stages['data']).toMatchObject({
      is: 'other inputs',
      inputs: [{path: place.path('data.csv'), is: 'missing', files: []}],
    });
    const {code, stdout} = await place.strata('reproduce', 'again', '--from', 'spread', '--keep');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^data {4}taken from the store\nscales {2}taken from the store\nspread {2}same\n/);
    const [, kept] = /^the clean store is kept: (outputs\/\.reproduce-\w+)$/m.exec(stdout)!;
    const results = readdirSync(place.path(`${kept!}/store/results`), {recursive: true, encoding: 'utf8'});
    expect(results.filter(f => f.endsWith('.json'))).toHaveLength(4);
    rmSync(place.path(kept!), {recursive: true});
    place.write('data.csv', csv);
  });

  test('a recorded number that does not come out again is told by its column', async () => {
    await replacePart('spread', 'table', async (old, file, {meta}) => {
      const {columns} = meta as unknown as {columns: Column[]};
      const rows = await readTable(old, columns);
      const tampered = rows.map((row, i) =>
        i === 1 ? {...row, trace: (row['trace'] as number) * 1.001, status: 'odd'} : row,
      );
      await writeTable(file, columns, tampered.slice(0, -1));
      return tableDigest(columns, tampered.slice(0, -1));
    });
    const {code, stdout} = await place.strata(
      'reproduce',
      'again',
      '--from',
      'spread',
      '--tolerance',
      '1e-2',
    );
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /^spread {2}different\n {2}table\.trace: largest difference \S+, relative 0\.0009990 \(in 1 row of 2\)\n {2}table\.status: not the same in 1 row\n {2}table: 1 row added$/m,
    );
  });

  test('a difference within the tolerance is none, in tables as in layers', async () => {
    const differ = 1 + 1e-5;
    await replacePart('data', 'layer/input', async (old, file, {meta}) => {
      const info = meta as unknown as LayerInfo;
      const {data} = await openLayer(old, info).matrix();
      data[5]! *= differ;
      const writer = await VectorWriter.open(file, info);
      writer.write(data);
      const {digest} = writer.close();
      return digest;
    });
    const strict = await reproduce('again');
    expect(words(strict)).toEqual({...all('same'), data: 'different'});
    const [layer] = strict.stages['data']!.parts!;
    expect(layer).toMatchObject({part: 'layer/input', kind: 'layer'});
    expect(layer!['absolute']).toBeGreaterThan(1e-9);
    expect(layer!['absolute']).toBeLessThan(1.001e-5);
    const {code, stdout} = await place.strata('reproduce', 'again', '--tolerance', '2e-5');
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^data {4}within 2e-5\n {2}layer\/input: largest difference \S+ among values up to/,
    );
    place.write(record, original);
  });

  test('what the store has lost is found in the folder of the run, or it is said that nobody knows', async () => {
    await replacePart('spread', 'table', async (old, file, {meta}) => {
      const {columns} = meta as unknown as {columns: Column[]};
      const rows = (await readTable(old, columns)).map(row => ({...row, trace: 1}));
      await writeTable(file, columns, rows);
      return tableDigest(columns, rows);
    });
    const run = JSON.parse(place.read(record)) as RunRecord;
    const [{blob}] = run.stages['spread']!.parts as [Part];
    const file = new Store(run.store).blob(blob);
    cpSync(file, place.path('outputs/again/latest/tables/spread.parquet'));
    rmSync(file);
    const known = await reproduce('again', '--from', 'spread');
    expect(known.stages['spread']!.parts).toMatchObject([
      {kind: 'table', columns: [{column: 'trace', rows: 3}]},
    ]);
    rmSync(place.path('outputs/again/latest/tables/spread.parquet'));
    const {code, stdout} = await place.strata('reproduce', 'again', '--from', 'spread');
    expect(code).toBe(1);
    expect(stdout).toContain(
      'table: other content; the recorded one is no longer in the store to tell how\n',
    );
    place.write(record, original);
  });

  test('another version of a stage is told, though its result may be the same', async () => {
    const run = JSON.parse(original) as RunRecord;
    const {version} = run.stages['data']!.record as {version: number};
    Object.assign(run.stages['data']!.record!, {version: version + 1});
    Object.assign(run.stages['data']!, {key: 'f'.repeat(64)});
    place.write(record, JSON.stringify(run));
    const {stdout} = await place.strata('reproduce', 'again');
    expect(stdout).toMatch(
      new RegExp(`^data +same +load/matrix version ${version + 1} -> ${version}\nscales +same\n`),
    );
    place.write(record, original);
  });
});

test('stopped, it leaves nothing behind', async () => {
  const started = place.startIn({STRATA_TEST_HOLD: place.path('data.csv')}, 'reproduce', 'again');
  await until(() => existsSync(place.path('data.csv.held')));
  const heard = said(started, 'stderr', 'stopping');
  started.process.kill('SIGINT');
  await heard;
  place.write('data.csv.go', '');
  const {code, stdout} = await started.finished;
  expect(code).toBe(130);
  expect(stdout).toBe('');
  expect(readdirSync(place.path('outputs')).sort()).toEqual(['.store', 'again']);
});

describe('a run cannot be reproduced', () => {
  const problem = async (...args: string[]): Promise<string> => {
    const {code, stderr} = await place.strata('reproduce', ...args);
    expect(code).toBe(2);
    expect(readdirSync(place.path('outputs')).filter(name => name.startsWith('.reproduce'))).toEqual([]);
    return stderr;
  };

  test('that there is not, or from a stage that it does not have', async () => {
    expect(await problem('agian')).toBe(
      'E711  no run "agian" in outputs/\n   experiments that have runs: again\n',
    );
    const {run} = JSON.parse(original) as RunRecord;
    expect(await problem('again', '--from', 'spraed')).toBe(
      `E713  run ${run} has no stage "spraed"\n   did you mean "spread"?\n`,
    );
    expect(await problem('again', '--tolerance', '-1')).toContain('Expected a number of at least 0.');
  });

  test('that has stages which this version of Strata does not know', async () => {
    place.write(record, original.replace('"name": "anisotropy"', '"name": "isotropy"'));
    expect(await problem('again')).toContain(
      'has a stage that this version of Strata does not take: "spread", metric/isotropy',
    );
    place.write(record, original.replace(/("fractions": \[\s*)1,/, '$1"1",'));
    expect(await problem('again')).toContain('does not take: "scales", /fractions/0 must be number');
    place.write(record, original);
  });

  test('from a stage before which results are gone', async () => {
    const run = JSON.parse(original) as RunRecord;
    place.write(record, JSON.stringify({...run, store: place.path('elsewhere')}));
    expect(await problem('again', '--from', 'spread')).toContain(
      `E736  the result of "data" of run ${run.run} is no longer in elsewhere`.replace('elsewhere', ''),
    );
    place.write(record, original);
  });
});

test('a variant of a sweep is reproduced by its name or its id, and what failed has nothing to compare', async () => {
  const text = `strata: 1
name: swept
stages:
  data: {stage: load, source: matrix, path: data.csv, label: class}
  scales: {stage: decimate, from: data, fractions: [0.1]}
sweep: {list: [{stages.scales.fractions: [0.5]}, {stages.scales.fractions: [0.001]}]}
`;
  place.write('swept.yaml', text);
  expect((await place.strata('run', 'swept.yaml')).code).toBe(1);
  const ids = readdirSync(place.path('outputs/swept')).filter(name => name !== 'sweep.json');
  expect(ids).toHaveLength(2);
  const [good, bad] = ids.sort((a, b) => (a.includes('0.5') ? -1 : b.includes('0.5') ? 1 : 0));
  expect((await place.strata('reproduce', 'swept')).stderr).toContain(
    'it is a sweep; the first of its variants: swept/scales.fractions=',
  );
  const byName = await reproduce(`swept/${good!}`);
  expect(byName.code).toBe(0);
  expect(words(byName)).toEqual({data: 'same', scales: 'same'});
  // The variants may have run within one second, and then have one id.
  const {run} = place.record(`swept/${bad!}`);
  renameSync(place.path(`outputs/swept/${bad!}/${run}`), place.path(`outputs/swept/${bad!}/19990101-000000`));
  const byId = await place.strata('reproduce', '19990101-000000');
  expect(byId.code).toBe(1);
  expect(byId.stdout).toMatch(/^data +same\nscales +no result\n/);
});

test('an experiment with a file of the environment, overrides and references is recorded in full', async () => {
  writeFileSync(
    place.path('env.yaml'),
    `strata: 1
name: env
env: [WHERE]
params: {half: 0.5}
stages:
  data: {stage: load, source: matrix, path: '\${env:WHERE}', label: class}
  scales: {stage: decimate, from: data, fractions: [1, '\${params.half}']}
  spread: {stage: metric, metric: anisotropy, from: scales}
  figure: {stage: plot, plot: profile, from: spread}
`,
  );
  const ran = await place.startIn({WHERE: 'data.csv'}, 'run', 'env.yaml', 'params.half=0.25').finished;
  expect(ran.code).toBe(0);
  const {experiment} = place.record('env');
  expect(experiment).toMatchObject({
    strata: 1,
    file: place.path('env.yaml'),
    seed: 0,
    params: {half: 0.25},
    stages: {
      data: {kind: 'load', name: 'matrix', from: {}, params: {path: place.path('data.csv')}},
      scales: {kind: 'decimate', name: null, from: {from: ['data']}, params: {fractions: [1, 0.25]}},
    },
  });
  expect(words(await reproduce('env'))).toEqual({...all('same'), figure: 'same'});
});
