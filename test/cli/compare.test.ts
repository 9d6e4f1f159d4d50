import {createHash} from 'node:crypto';
import {cpSync, realpathSync} from 'node:fs';
import {basename} from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {compareLayers, compareRuns, type ComparedRun} from '../../src/report/compare/compare.js';
import {parametersOf, type Recorded} from '../../src/report/compare/parameters.js';
import type {Grid} from '../../src/report/grid.js';
import {sortRows} from '../../src/report/sort.js';
import {Workplace} from '../rig/strata.js';
import {ID, tidyTable} from '../stages/plot/tables.js';
import {matrixCsv} from '../stories/matrix.js';

const MATRIX = `strata: 1
name: matrix
params: {k: 10, file: data.csv}
stages:
  data: {stage: load, source: matrix, path: '\${params.file}', label: class}
  scales: {stage: decimate, from: data, fractions: [1, 0.5], repeats: 2}
  id: {stage: metric, metric: twonn, from: scales}
  overlap: {stage: metric, metric: neighborhood-overlap, from: data, with: labels, k: '\${params.k}'}
`;

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 8);

describe('strata compare', () => {
  const place = new Workplace();
  afterAll(() => place.remove());

  /** Runs the experiment and keeps the run under a name in place of the time. */
  const keep = async (name: string, ...overrides: string[]): Promise<void> => {
    const {code, stderr} = await place.strata('run', 'matrix.yaml', ...overrides);
    expect({code, stderr}).toEqual({code: 0, stderr: ''});
    cpSync(realpathSync(place.path('outputs/matrix/latest')), place.path(`kept/${name}`), {recursive: true});
    place.write(`kept/${name}/run.json`, JSON.stringify({...place.record('matrix'), run: name}));
  };
  const compare = async (...args: string[]): Promise<string> => {
    const {code, stdout, stderr} = await place.strata('compare', ...args);
    expect({code, stderr}).toEqual({code: 0, stderr: ''});
    return stdout;
  };
  const RUNS = ['first', 'fewer', 'line', 'other'].map(name => `kept/${name}`);
  const [here, there] = [matrixCsv(120), matrixCsv(120, {from: 7})];

  beforeAll(async () => {
    place.write('matrix.yaml', MATRIX);
    place.write('data.csv', here);
    place.write('more/data.csv', there);
    await keep('first');
    await keep('fewer', 'params.k=5');
    await keep('line', 'stages.id.fraction=0.5', 'stages.scales.fractions=[1]');
    await keep('other', 'params.file=more/data.csv');
  }, 120_000);

  it('shows what differs, and the results, a run a row', async () => {
    const [a, b] = [digestOf(here), digestOf(there)];
    expect(await compare(...RUNS)).toBe(
      `run    params.file          params.k  stages.scales.fractions  stages.id.fraction  id@input  overlap@input
first  data.csv (${a})        10  [1, 0.5]                                0.9     2.791         0.3725
fewer  data.csv (${a})         5  [1, 0.5]                                0.9     2.791         0.3650
line   data.csv (${a})        10  [1]                                     0.5     2.862         0.3725
other  data.csv (${b})        10  [1, 0.5]                                0.9     2.660         0.3317
`,
    );
  });

  it('leaves out results that are the same in all, if told to', async () => {
    expect(await compare('kept/first', 'kept/fewer', '--only-changed')).toBe(
      `run    params.k  overlap@input
first        10         0.3725
fewer         5         0.3650
`,
    );
  });

  it('sorts by a column', async () => {
    expect(await compare('kept/first', 'kept/line', 'kept/fewer', '--sort=-overlap', '--csv')).toMatch(
      /^run,params.k,stages.scales.fractions,stages.id.fraction,id@input,overlap@input\nfirst,10,"\[1, 0.5\]",.*\nline,10,.*\nfewer,5,.*\n$/,
    );
    expect(await compare('kept/first', 'kept/fewer', '--sort', 'k', '--md')).toBe(
      `| run | params.k | id@input | overlap@input |
| --- | ---: | ---: | ---: |
| fewer | 5 | 2.791 | 0.3650 |
| first | 10 | 2.791 | 0.3725 |
`,
    );
  });

  it('compares one stage layer by layer', async () => {
    expect(await compare('kept/first', 'kept/line', '--by-layer', 'id')).toBe(
      `run    stages.scales.fractions  stages.id.fraction
first  [1, 0.5]                                0.9
line   [1]                                     0.5

layer  first   line
input  2.791  2.862
`,
    );
    const rows = JSON.parse(
      await compare('kept/first', 'kept/fewer', '--by-layer', 'id', '--json'),
    ) as object[];
    expect(rows).toEqual([
      {layer: 'input', first: expect.closeTo(2.7913, 3) as number, fewer: expect.anything() as number},
    ]);
  });

  it('compares a whole sweep by its name', async () => {
    const {code} = await place.strata('run', 'matrix.yaml', 'name=swept', 'params.k=4,8');
    expect(code).toBe(0);
    expect(await compare('swept', '--only-changed')).toBe(
      `run  params.k  overlap@input
k=4         4         0.3708
k=8         8         0.3740
`,
    );
  });

  it('takes names of experiments for their latest runs, and each run once', async () => {
    const {stdout, stderr, code} = await place.strata('compare', 'matrix', 'outputs/matrix/latest');
    const latest = basename(realpathSync(place.path('outputs/matrix/latest')));
    const others = place.runs('matrix').filter(run => run !== latest);
    expect([code, stdout, stderr]).toEqual([
      2,
      '',
      `E724  two runs or more are compared, not outputs/matrix/${latest} alone\n   others of this experiment: ${others.sort().reverse().join(', ')}\n`,
    ]);
  });

  it('says which runs, stages and columns there are not', async () => {
    const told = async (...args: string[]): Promise<string> => {
      const {code, stderr} = await place.strata('compare', ...args);
      expect(code).toBe(2);
      return stderr;
    };
    expect(await told('kept/first', 'nothing')).toContain('E711  no run "nothing" in outputs/');
    expect(await told(...RUNS, '--by-layer', 'overlapp')).toBe(
      'E713  none of the runs has a table of a stage "overlapp"\n   did you mean "overlap"?\n',
    );
    expect(await told(...RUNS, '--sort', 'params.kk')).toContain(
      'E713  there is no column "params.kk"\n   did you mean "params.k"?',
    );
  });
});

/** A run of an experiment with a stage `id`. */
const recorded = (
  params: object,
  {
    kind = 'metric/twonn',
    key = {},
    others = {},
    ...rest
  }: Partial<Recorded> & {kind?: string; key?: object; others?: object} = {},
): Recorded => ({
  ok: true,
  experiment: {seed: 0, params: {}, stages: {id: {from: {from: ['data']}, params}, ...others}},
  stages: {id: {stage: kind, record: {version: 1, params: key}}},
  versions: {strata: '1.0.0', onnxruntime: '1.30.0', node: '20.0.0'},
  ...rest,
});

const changed = (...runs: Recorded[]): Grid['rows'] =>
  compareRuns(runs.map((run, i) => ({name: `${i}`, parameters: parametersOf(run), tables: []}))).rows;

describe('what differs between runs', () => {
  it('is nothing between equal ones, whatever Node ran them', () => {
    expect(
      changed(
        recorded({k: 1}),
        recorded({k: 1}, {versions: {strata: '1.0.0', onnxruntime: '1.30.0', node: '22.0.0'}}),
      ),
    ).toEqual([{run: '0'}, {run: '1'}]);
  });

  it('are parameters within parameters, lists, and the types of values', () => {
    expect(
      changed(
        recorded({sample: {n: 1, by: 'class'}, list: [1, 2]}),
        recorded({sample: {n: '1', by: 'class'}, list: [1]}),
      ),
    ).toEqual([
      {run: '0', 'stages.id.sample.n': 1, 'stages.id.list': '[1, 2]'},
      {run: '1', 'stages.id.sample.n': '1', 'stages.id.list': '[1]'},
    ]);
  });

  it('is the content of a file, not where it is', () => {
    const run = (path: string, content: string): Recorded =>
      recorded({model: path}, {key: {model: {content}}});
    const [a, b] = ['a'.repeat(64), 'b'.repeat(64)];
    expect(changed(run('/here/x.onnx', a), run('/there/x.onnx', a))).toEqual([{run: '0'}, {run: '1'}]);
    expect(changed(run('/here/x.onnx', a), run('/there/y.onnx', b)).map(r => r['stages.id.model'])).toEqual([
      'x.onnx',
      'y.onnx',
    ]);
    expect(changed(run('/here/x.onnx', a), run('/here/x.onnx', b)).map(r => r['stages.id.model'])).toEqual([
      'x.onnx (aaaaaaaa)',
      'x.onnx (bbbbbbbb)',
    ]);
  });

  it('is told once, where the experiment hands a parameter on to its stages', () => {
    const run = (name: string): Recorded => {
      const {experiment, ...rest} = recorded(
        {model: `/models/${name}.onnx`, k: 3},
        {key: {model: {content: name}}},
      );
      return {...rest, experiment: {...experiment, params: {checkpoint: name}}};
    };
    expect(changed(run('early'), run('late'))).toEqual([
      {run: '0', 'params.checkpoint': 'early'},
      {run: '1', 'params.checkpoint': 'late'},
    ]);
  });

  it('is the kind of a stage, or a stage that is not there, without all its parameters', () => {
    const gride = recorded({scales: 3, k: 2}, {kind: 'metric/gride'});
    expect(changed(recorded({fraction: 0.9, k: 1}), gride, recorded({fraction: 0.5, k: 1}))).toEqual([
      {run: '0', 'stages.id': 'metric/twonn', 'stages.id.fraction': 0.9, 'stages.id.k': 1},
      {run: '1', 'stages.id': 'metric/gride', 'stages.id.fraction': null, 'stages.id.k': 2},
      {run: '2', 'stages.id': 'metric/twonn', 'stages.id.fraction': 0.5, 'stages.id.k': 1},
    ]);
    const more = recorded({}, {others: {raw: {from: {}, params: {x: 1}}}});
    expect(
      changed(recorded({}), {...more, stages: {...more.stages, raw: {stage: 'extract', record: null}}}),
    ).toEqual([
      {run: '0', 'stages.raw': null},
      {run: '1', 'stages.raw': 'extract'},
    ]);
  });

  it('are the seed, the versions, and whether a run went well', () => {
    const {experiment, ...rest} = recorded({});
    const other: Recorded = {
      ...rest,
      ok: false,
      experiment: {...experiment, seed: 1},
      stages: {id: {stage: 'metric/twonn', record: {version: 2, params: {}}}},
      versions: {...rest.versions, strata: '1.1.0'},
    };
    expect(changed(recorded({}), other)).toEqual([
      {run: '0', ok: true, seed: 0, 'versions.strata': '1.0.0', 'versions.metric/twonn': 1},
      {run: '1', ok: false, seed: 1, 'versions.strata': '1.1.0', 'versions.metric/twonn': 2},
    ]);
  });
});

describe('results', () => {
  const run = (name: string, layers: readonly string[], shift = 0): ComparedRun => {
    const id = tidyTable({label: 'id', value: ID, layers, measure: ({index}) => index + shift});
    const whole = {label: 'all', value: 'score', columns: [], rows: [{score: 1}, {score: 3}]};
    return {name, parameters: new Map(), tables: [id, whole, {...whole, label: 'none', value: null}]};
  };

  it('are those of the last layer, or of a table without layers as a whole', () => {
    expect(compareRuns([run('a', ['embed', 'norm']), run('b', ['embed', 'norm'], 5)]).rows).toEqual([
      {run: 'a', 'id@norm': 1, 'all.score': {mean: 2, std: 1}},
      {run: 'b', 'id@norm': 6, 'all.score': {mean: 2, std: 1}},
    ]);
    const deeper = compareRuns([run('a', ['embed', 'norm']), run('b', ['embed', 'norm', 'head'])], {
      onlyChanged: true,
    });
    expect(deeper.rows).toEqual([
      {run: 'a', 'id@last': 1},
      {run: 'b', 'id@last': 2},
    ]);
  });

  it('stand layer by layer beside each other, those that are the same left out if asked', () => {
    const runs = [
      run('a', ['embed', 'norm']),
      run('b', ['embed', 'norm', 'head']),
      {...run('c', []), tables: []},
    ];
    expect(compareLayers(runs, 'id').rows).toEqual([
      {layer: 'embed', a: 0, b: 0},
      {layer: 'norm', a: 1, b: 1},
      {layer: 'head', a: null, b: 2},
    ]);
    expect(compareLayers(runs, 'id', {onlyChanged: true}).rows).toEqual([{layer: 'head', a: null, b: 2}]);
  });
});

describe('sorting', () => {
  const grid = (...cells: Grid['rows'][number][string][]): Grid => ({
    columns: [{name: 'params.x'}, {name: 'id@norm'}],
    rows: cells.map(cell => ({'params.x': cell, 'id@norm': 0})),
  });
  const sorted = (column: string, ...cells: Grid['rows'][number][string][]): unknown[] =>
    sortRows(grid(...cells), column).rows.map(row => row['params.x']);

  it('puts numbers first and what is empty last', () => {
    const spread = {mean: 5, std: 1};
    expect(sorted('params.x', null, 'b', 10, spread, 'a', 9)).toEqual([spread, 9, 10, 'a', 'b', null]);
    expect(sorted('-x', null, 'b', 10, spread, 'a', 9)).toEqual(['b', 'a', 10, 9, spread, null]);
  });

  it('keeps the order of equals, and knows columns by their short names', () => {
    expect(sorted('id', 3, 1, 2)).toEqual([3, 1, 2]);
    expect(() => sorted('y', 1)).toThrow('there is no column "y"');
  });
});
