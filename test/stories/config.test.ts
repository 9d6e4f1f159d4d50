import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {parse} from 'yaml';
import {Workplace} from '../rig/strata.js';
import {MATRIX, matrixCsv} from './matrix.js';

interface Planned {
  readonly stages: readonly {stage: string; state: string; key: string | null}[];
}

describe('an experiment in several files', () => {
  const place = new Workplace();
  afterAll(() => place.remove());

  const told = async (...args: string[]): Promise<string> => {
    const {code, stdout, stderr} = await place.strata(...args);
    expect([code, stderr]).toEqual([0, '']);
    return stdout;
  };
  const planned = async (...args: string[]): Promise<Planned> =>
    JSON.parse(await told('plan', '--json', ...args)) as Planned;

  const SETS = ['over/study.yaml', '--override-file', 'sets/large.txt', 'stages.id.fraction=0.8'];
  beforeAll(async () => {
    place.write('base/data.csv', matrixCsv(60));
    place.write('base/matrix.yaml', MATRIX);
    place.write(
      'over/study.yaml',
      'extends: ../base/matrix.yaml\nname: study\nenv: [K]\nparams: {k: "${env:K}"}\nstages: {scales: {repeats: 3}}\n',
    );
    place.write('sets/large.txt', '# five of each\n\nstages.scales.repeats=5\n');
    const {code, stderr} = await place.startIn({K: '7'}, 'run', ...SETS).finished;
    expect([code, stderr]).toEqual([0, '']);
  });

  test('runs as what they are together, and is not run again as what it resolves to', async () => {
    expect(place.record('study').stages['overlap']!.record!['params']).toMatchObject({k: 7});
    expect(place.record('study').stages['scales']!.record!['params']).toMatchObject({repeats: 5});
    const {code, stdout} = await place.startIn({K: '7'}, 'config', ...SETS).finished;
    expect(code).toBe(0);
    place.write('elsewhere/resolved.yaml', stdout);
    const again = await planned('elsewhere/resolved.yaml');
    expect(again.stages.map(s => s.state)).toEqual(again.stages.map(() => 'hit'));
    const before = JSON.parse(
      (await place.startIn({K: '7'}, 'plan', '--json', ...SETS).finished).stdout,
    ) as Planned;
    expect(again).toEqual(before);
    expect(await told('config', 'elsewhere/resolved.yaml')).toBe(stdout);
  });

  test('is JSON too', async () => {
    const yaml = await place.startIn({K: '7'}, 'config', ...SETS).finished;
    const json = await place.startIn({K: '7'}, 'config', '--json', ...SETS).finished;
    expect(JSON.parse(json.stdout)).toEqual(parse(yaml.stdout));
  });

  test('says of each line where it was written', async () => {
    const {stdout} = await place.startIn({K: '7'}, 'config', '--origins', ...SETS).finished;
    const origins = new Map(
      stdout
        .trimEnd()
        .split('\n')
        .map(line => line.split('  # ') as [string, string]),
    );
    const of = (line: string): string | undefined => [...origins].find(([text]) => text.trim() === line)?.[1];
    expect(of('name: study')).toBe('over/study.yaml:2:7');
    expect(of('seed: 1')).toBe('base/matrix.yaml:3:7');
    expect(of('description: null')).toBe('default');
    expect(of('repeats: 5')).toBe('sets/large.txt:3:23');
    expect(of('fraction: 0.8')).toBe('override stages.id.fraction=0.8');
    expect(of('k: 7')).toBe('environment K');
    expect([...origins.values()]).not.toContain(undefined);

    const {stdout: json} = await place.startIn({K: '7'}, 'config', '--origins', '--json', ...SETS).finished;
    expect((JSON.parse(json) as {origins: unknown}).origins).toMatchObject({
      name: {from: 'file', file: place.path('over/study.yaml'), line: 2, col: 7},
      description: {from: 'default'},
      'stages.id.fraction': {from: 'override', word: 'stages.id.fraction=0.8'},
      'stages.overlap.k': {from: 'environment', variable: 'K'},
    });
  });

  test('that is wrong is told with the chain of its files', async () => {
    place.write('base/matrix.yaml', MATRIX.replace('label: class', 'lable: class'));
    const {code, stdout, stderr} = await place.startIn({K: '7'}, 'validate', 'over/study.yaml').finished;
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toBe(`E104 base/matrix.yaml:6:55  unknown parameter "lable" for load "matrix"
   6 |   data: {stage: load, source: matrix, path: data.csv, lable: class}
     |                                                       ~~~~~
   did you mean "label"?
   over/study.yaml:1:10  extended by study.yaml
   1 | extends: ../base/matrix.yaml
     |          ~~~~~~~~~~~~~~~~~~~
`);
    place.write('base/matrix.yaml', MATRIX);
  });

  test('is validated with a file of overrides', async () => {
    place.write('sets/wrong.txt', 'stages.scales.repeat=5\n');
    const {code, stderr} = await place.startIn(
      {K: '7'},
      ...[
        'validate',
        '--override-file',
        'sets/large.txt',
        '--override-file',
        'sets/wrong.txt',
        'over/study.yaml',
      ],
    ).finished;
    expect(code).toBe(2);
    expect(stderr).toContain('E104 sets/wrong.txt:1:15  unknown parameter "repeat" for stage "decimate"');
  });
});

describe('a variant of a sweep', () => {
  const place = new Workplace();
  afterAll(() => place.remove());

  test('is printed as an experiment of its own, with the same keys', async () => {
    place.write('data.csv', matrixCsv(60));
    const figure = '  figure: {stage: plot, plot: profile, from: [id], series: variant}\n';
    place.write('a.yaml', `${MATRIX}${figure}sweep: {ablate: {near: {params.k: 3}, other: {seed: 2}}}\n`);
    expect((await place.strata('run', 'a.yaml')).code).toBe(0);
    const {stdout} = await place.strata('plan', '--json', 'a.yaml');
    const {variants} = JSON.parse(stdout) as {variants: (Planned & {id: string})[]};
    expect(variants.map(v => v.id)).toEqual(['baseline', 'near', 'other']);
    for (const [i, {id, stages}] of variants.entries()) {
      const {stdout: text} = await place.strata('config', 'a.yaml', '--variant', id);
      expect(text.split('\n').slice(0, 5)).toEqual([
        `# variant ${i + 1} of 3: ${id}`,
        '# --variant chooses among baseline near other',
        '# without what shows all variants: figure',
        'strata: 1',
        'name: matrix',
      ]);
      place.write(`elsewhere/${id}.yaml`, text);
      const again = JSON.parse(
        (await place.strata('plan', '--json', `elsewhere/${id}.yaml`)).stdout,
      ) as Planned;
      const keys = ({stage, key}: Planned['stages'][number]): unknown => [stage, key];
      expect(again.stages.map(keys)).toEqual(stages.map(keys));
      expect(again.stages.map(s => s.state)).toEqual(again.stages.map(() => 'hit'));
    }
    expect((await place.strata('config', 'a.yaml')).stdout).toBe(place.read('elsewhere/baseline.yaml'));
    const {code, stderr} = await place.strata('config', 'a.yaml', '--variant', 'naer');
    expect([code, stderr]).toEqual([2, 'E713  there is no variant "naer"\n   did you mean "near"?\n']);
    const single = await place.strata('config', 'elsewhere/near.yaml', '--variant', 'near');
    expect(single.stderr).toBe('E713  there is no variant "near"\n   nothing is swept\n');
    expect(single.stdout).toBe('');
  });
});

describe('strata errors', () => {
  const place = new Workplace();
  afterAll(() => place.remove());

  test('lists the codes, and explains one', async () => {
    const {stdout: all} = await place.strata('errors');
    expect(all).toContain('E104  unknown parameter\n');
    const {stdout: one} = await place.strata('errors', 'e104');
    expect(one).toMatch(/^E104 {2}unknown parameter\n\nThe stage has no such parameter\./);
    expect(one).toContain('\n    stages:\n      hidden: {stage: extract,');
    const {code, stderr} = await place.strata('errors', 'E1O4');
    expect(code).toBe(2);
    expect(stderr).toContain('E713  there is no error E1O4\n   did you mean "E104"?');
  });
});
