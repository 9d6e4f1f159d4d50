import {existsSync, readFileSync, readlinkSync} from 'node:fs';
import {spawnSync} from 'node:child_process';
import {fileURLToPath} from 'node:url';
import {DuckDBInstance} from '@duckdb/node-api';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {stagePage} from '../../src/cli/stage-page.js';
import type {CatalogueEntry, Definition} from '../../src/stages/catalogue.js';
import type {Row} from '../../src/stages/ports.js';
import {stageId} from '../../src/stages/registry.js';
import type {RunRecord} from '../../src/runner/run-folder.js';
import {type Finished, Workplace} from '../rig/strata.js';
import {PICTURES, matrixCsv} from './matrix.js';

const place = new Workplace();
afterAll(() => place.remove());
let first: Finished;
beforeAll(async () => {
  place.write('a.yaml', PICTURES);
  // A pipe, and nothing in the environment that speaks of colours.
  // On one core stages run one after another.
  const env = {NO_COLOR: undefined, TERM: 'xterm-256color', STRATA_TEST_CORES: '1'};
  first = await place.startIn(env, 'run', 'a.yaml').finished;
  expect(first.code).toBe(0);
});
const run = (): string => place.record('pictures').run;
const definitions = JSON.parse(readFileSync(file('schemas/definitions.json'), 'utf8')) as Record<
  string,
  Definition
>;
const catalogue = (
  JSON.parse(readFileSync(file('schemas/catalogue.json'), 'utf8')) as {stages: CatalogueEntry[]}
).stages;
function file(name: string): string {
  return fileURLToPath(new URL(`../../${name}`, import.meta.url));
}

/** Standard output of a command that must succeed, without a word on standard error. */
async function told(...args: string[]): Promise<string> {
  const {code, stdout, stderr} = await place.strata(...args);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  return stdout;
}

test('a run tells what it did in plain lines', () => {
  const lines = first.stdout.split('\n');
  const stages = lines.slice(0, lines.indexOf(''));
  expect(stages.map(l => l.split(/ +/).slice(0, 2).join(' '))).toEqual([
    'shapes ran',
    'pixels ran',
    'hidden device:',
    'hidden ran',
    'scales ran',
    'hidden~neighbors ran',
    'id ran',
    'overlap ran',
    'figure ran',
  ]);
  for (const line of stages)
    expect(line).toMatch(/^\S+ +(ran +\d+(\.\d+)? m?s {2}never run|device: auto took cpu)$/);
  expect(lines.slice(stages.length + 1).join('\n')).toMatch(
    new RegExp(
      `^layer +id +overlap\nblocks\\.1 +[\\d.]+ +[\\d.]+\nnorm +[\\d.]+ +[\\d.]+\n\n` +
        `figure  outputs/pictures/${run()}/figures/figure.png\n\n` +
        `0 cached, 8 ran in [\\d.]+ s: outputs/pictures/${run()}\n$`,
    ),
  );
  expect(first.stderr).toBe('');
});

test('no escape codes go into a pipe', async () => {
  const plain = {NO_COLOR: undefined, TERM: 'xterm-256color'};
  const outputs = [first];
  for (const args of [
    ['plan', 'a.yaml'],
    ['show', 'pictures'],
    ['describe', 'extract'],
    ['run', 'b.yaml'],
  ])
    outputs.push(await place.startIn(plain, ...args).finished);
  expect(outputs.at(-1)!.code).toBe(2);
  for (const {stdout, stderr} of outputs) expect(stdout + stderr).not.toMatch(/[\u001b\r]/);
});

describe('what a run leaves', () => {
  test('a record of what was asked for, what was done and on which machine', () => {
    expect(readlinkSync(place.path('outputs/pictures/latest'))).toBe(run());
    const record = place.record('pictures');
    expect(record).toMatchObject({
      format: 1,
      run: expect.stringMatching(/^\d{8}-\d{6}$/) as string,
      ok: true,
      overrides: [],
      store: place.path('outputs/.store'),
      started: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
      experiment: {file: place.path('a.yaml'), name: 'pictures', seed: 0, params: {n: 72, k: 10}},
      versions: {node: process.versions.node, onnxruntime: '1.30.0'},
      host: {platform: process.platform, arch: process.arch},
    } satisfies Partial<Record<keyof RunRecord, unknown>>);
    expect(record.experiment['stages']).toMatchObject({
      scales: {kind: 'decimate', name: null, from: {from: ['hidden']}, params: {fractions: [1, 0.5]}},
    });
    expect(record.seconds).toBeGreaterThan(0);
    for (const [label, stage] of Object.entries(record.stages)) {
      expect(stage.outcome).toBe('ran');
      expect(stage.key).toMatch(/^[0-9a-f]{64}$/);
      expect(stage.record!['stage']).toBe(stage.stage);
      expect(stage.parts.length).toBeGreaterThan(0);
      for (const {blob, bytes, digest} of stage.parts) {
        expect(digest, label).toMatch(/^[0-9a-f]{64}$/);
        expect(
          readFileSync(place.path(`outputs/.store/objects/${blob.slice(0, 2)}/${blob.slice(2)}`)).length,
        ).toBe(bytes);
      }
    }
    // Keys know nothing of this machine.
    expect(JSON.stringify(Object.values(record.stages).map(s => s.record))).not.toContain(place.folder);
  });

  test('tables that other programs open, with their types', async () => {
    const connection = await (await DuckDBInstance.create(':memory:')).connect();
    const types = {string: 'VARCHAR', int: 'BIGINT', float: 'DOUBLE', bool: 'BOOLEAN'};
    for (const label of ['id', 'overlap']) {
      const path = place.path(`outputs/pictures/latest/tables/${label}.parquet`);
      const reader = await connection.runAndReadAll(`select * from '${path}'`);
      const {columns} = catalogue.find(
        e => place.record('pictures').stages[label]!.stage === `${e.kind}/${e.name!}`,
      )!;
      expect(reader.columnNames()).toEqual(columns.map(c => c.name));
      expect(reader.columnTypes().map(String)).toEqual(columns.map(c => types[c.type]));
      const rows = reader
        .getRowObjectsJS()
        .map(row =>
          Object.fromEntries(
            Object.entries(row).map(([name, value]) => [
              name,
              typeof value === 'bigint' ? Number(value) : value,
            ]),
          ),
        );
      expect(rows).toEqual(JSON.parse(await told('show', 'pictures', label, '--json')));
      expect(rows).toHaveLength(label === 'id' ? 2 * (1 + 2) : 2);
    }
    const groups = await connection.runAndReadAll(
      `select layer, avg(id) as id, count(*) as n from '${place.path('outputs/pictures/latest/tables/id.parquet')}'
       where fraction < 1 group by layer order by layer`,
    );
    expect(groups.getRowsJS().map(([layer, , n]) => [layer, n])).toEqual([
      ['blocks.1', 2n],
      ['norm', 2n],
    ]);
  });

  test('figures as image, drawing and specification', () => {
    const figure = (extension: string): Buffer =>
      readFileSync(place.path(`outputs/pictures/latest/figures/figure.${extension}`));
    const png = figure('png');
    expect(png.subarray(0, 8)).toEqual(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]));
    expect(png.readUInt32BE(16)).toBeGreaterThan(400);
    expect(png.readUInt32BE(20)).toBeGreaterThan(300);
    expect(png.length).toBeGreaterThan(5000);
    const svg = figure('svg').toString();
    expect(svg).toMatch(/^<svg [^>]*viewBox="0 0 \d+ \d+"/);
    for (const word of ['blocks.1', 'norm', 'Intrinsic dimension', 'Neighbourhood overlap'])
      expect(svg).toContain(word);
    const spec = JSON.parse(figure('vl.json').toString()) as Record<string, unknown>;
    expect(spec['$schema']).toBe('https://vega.github.io/schema/vega-lite/v6.json');
  });

  test('the summary it printed, and a journal of all events', () => {
    const {stdout} = first;
    expect(stdout).toContain(`\n${place.read('outputs/pictures/latest/summary.txt')}`);
    const types = place
      .read('outputs/pictures/latest/events.jsonl')
      .trimEnd()
      .split('\n')
      .map(line => (JSON.parse(line) as {type: string; at: string}).type);
    expect(types[0]).toBe('run-started');
    expect(types.at(-1)).toBe('run-finished');
    expect(types.filter(t => t === 'stage-finished')).toHaveLength(8);
    expect(types).not.toContain('progress');
  });
});

describe('show', () => {
  test('the layers of all tables side by side, in four ways', async () => {
    const text = await told('show', 'pictures');
    expect(text).toMatch(
      new RegExp(
        `^outputs/pictures/${run()}\n\nlayer +id +overlap\nblocks\\.1 +\\S+ +\\S+\nnorm +\\S+ +\\S+\n$`,
      ),
    );
    const csv = await told('show', 'pictures', '--csv');
    expect(csv).toMatch(/^layer,id,overlap\nblocks\.1,[\d.]{9,},[\d.]+\nnorm,[\d.]{9,},[\d.]+\n$/);
    const md = await told('show', 'pictures', '--md');
    expect(md).toMatch(
      /^\| layer \| id \| overlap \|\n\| --- \| ---: \| ---: \|\n\| blocks\.1 \| .* \|\n\| norm /,
    );
    const json = JSON.parse(await told('show', 'pictures', '--json')) as Record<string, unknown[]>;
    expect(Object.keys(json)).toEqual(['id', 'overlap']);
    expect(json['overlap']).toHaveLength(2);
    const [, , , value] = csv.split(/[\n,]/);
    expect(Number(csv.split('\n')[1]!.split(',')[1])).toBe((json['id']![0] as {id: number}).id);
    expect(value).toBe('blocks.1');
  });

  test('one table, all its columns', async () => {
    const csv = await told('show', 'pictures', 'id', '--csv');
    const lines = csv.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^layer,depth,index,subset,fraction,repeat,group,id,/);
    expect(lines.slice(1).map(l => l.split(',').slice(0, 6).join())).toEqual([
      expect.stringMatching(/^blocks\.1,0\.3\d+,0,full,1,0$/),
      expect.stringMatching(/^blocks\.1,0\.3\d+,0,0\.5\/0,0\.5,0$/),
      expect.stringMatching(/^blocks\.1,0\.3\d+,0,0\.5\/1,0\.5,1$/),
      expect.stringMatching(/^norm,0\.\d+,1,full,1,0$/),
      expect.stringMatching(/^norm,0\.\d+,1,0\.5\/0,0\.5,0$/),
      expect.stringMatching(/^norm,0\.\d+,1,0\.5\/1,0\.5,1$/),
    ]);
  });

  test('a run by its name, its id and its path', async () => {
    const text = await told('show', 'pictures');
    expect(await told('show', run())).toBe(text);
    expect(await told('show', `outputs/pictures/${run()}`)).toBe(text);
    expect(await told('show', 'outputs/pictures/latest', '--csv')).toBe(await told('show', run(), '--csv'));
  });
});

describe('plan', () => {
  test('before, after and with a change; it touches nothing', async () => {
    const elsewhere = new Workplace();
    try {
      elsewhere.write('a.yaml', PICTURES);
      const {stdout, code} = await elsewhere.strata('plan', 'a.yaml');
      expect(code).toBe(0);
      expect(stdout).toBe(`shapes            run      never run
pixels            unknown  until shapes has run
hidden            unknown  until pixels has run
scales            unknown  until hidden has run
hidden~neighbors  unknown  until hidden has run
id                unknown  until scales has run
overlap           unknown  until hidden has run
figure            unknown  until id, overlap have run

8 stages: 0 cached, 1 to run, 7 unknown
`);
      expect(existsSync(elsewhere.path('outputs'))).toBe(false);
    } finally {
      elsewhere.remove();
    }
    expect(await told('plan', 'a.yaml')).toBe(`shapes   cached
pixels   cached
hidden   cached
scales   cached
id       cached
overlap  cached
figure   cached

7 stages: 7 cached, 0 to run, 0 unknown
`);
    const changed = await told('plan', 'a.yaml', 'params.k=5');
    expect(changed.replaceAll(/~ [\d.]+ m?s/g, '~ SECONDS')).toBe(`shapes            cached
pixels            cached
hidden            cached
scales            cached
id                cached
hidden~neighbors  cached
overlap           run      params.k 10 -> 5  ~ SECONDS
figure            unknown  until overlap has run  ~ SECONDS

8 stages: 6 cached, 1 to run, 1 unknown, ~ SECONDS of work
`);
  });

  test('--json is total: what will run has its key and its reason, what is unknown says until when', async () => {
    const before = place.results();
    const {experiment, stages} = JSON.parse(await told('plan', '--json', 'a.yaml', 'params.k=5')) as {
      experiment: string;
      stages: Record<string, unknown>[];
    };
    expect(experiment).toBe('pictures');
    expect(stages.map(s => [s['stage'], s['state']])).toEqual([
      ['shapes', 'hit'],
      ['pixels', 'hit'],
      ['hidden', 'hit'],
      ['scales', 'hit'],
      ['id', 'hit'],
      ['hidden~neighbors', 'hit'],
      ['overlap', 'run'],
      ['figure', 'unknown'],
    ]);
    const key = expect.stringMatching(/^[0-9a-f]{64}$/) as string;
    expect(stages[0]).toMatchObject({key, kind: 'load/shapes', reason: null, until: [], from: {}});
    expect(stages[6]).toMatchObject({
      key,
      kind: 'metric/neighborhood-overlap',
      reason: 'params.k 10 -> 5',
      record: {params: {k: 5}},
      until: [],
      from: {a: ['hidden']},
    });
    expect(stages[7]).toMatchObject({key: null, record: null, reason: null, until: ['overlap']});
    expect(place.results()).toEqual(before);
  });

  test('is what the run then does', async () => {
    const {stages} = JSON.parse(await told('plan', '--json', 'a.yaml', 'params.n=60')) as {
      stages: {stage: string; key: string | null}[];
    };
    const {events} = await place.run('a.yaml', 'params.n=60');
    expect(events.flatMap(e => (e.type === 'stage-finished' ? [e.stage] : [])).sort()).toEqual(
      stages.map(s => s.stage).sort(),
    );
    for (const {stage, key} of stages)
      if (key !== null) expect(place.record('pictures').stages[stage]!.key).toBe(key);
  });
});

test('run --json: events of the known kinds, one a line, and nothing else', async () => {
  const {stdout, stderr, code, events} = await place.run('a.yaml', 'params.k=7');
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toBe(`${events.map(e => JSON.stringify(e)).join('\n')}\n`);
  const kinds = [
    'run-started',
    'stage-started',
    'unit-finished',
    'progress',
    'log',
    'stage-finished',
    'run-finished',
  ];
  for (const {type} of events) expect(kinds).toContain(type);
  expect(events[0]).toEqual({
    type: 'run-started',
    name: 'pictures',
    run: run(),
    stages: 8,
    toRun: 2,
  });
  expect(events.at(-1)).toMatchObject({
    type: 'run-finished',
    ok: true,
    folder: place.path(`outputs/pictures/${run()}`),
  });
});

describe('what can be asked about', () => {
  test('validate: many files at once, all that is wrong in them', async () => {
    place.write('wrong.yaml', PICTURES.replace("k: '${params.k}'", 'kk: 3').replace('layers:', 'layer:'));
    place.write('empty.yaml', '');
    const {code, stdout, stderr} = await place.strata(
      'validate',
      'a.yaml',
      'wrong.yaml',
      'empty.yaml',
      'experiments/quickstart.yaml',
    );
    expect(code).toBe(2);
    expect(stdout).toBe(
      'a.yaml: ok, experiment "pictures" with 7 stages\nexperiments/quickstart.yaml: ok, experiment "quickstart" with 8 stages\n',
    );
    expect(stderr.match(/^E\d+ \S+ .*$/gm)!.map(l => l.replace(place.folder, ''))).toEqual([
      'E104 wrong.yaml:8:68  unknown parameter "layer" for stage "extract"',
      'E104 wrong.yaml:11:86  unknown parameter "kk" for metric "neighborhood-overlap"',
      'E009 empty.yaml:1:1  the file has nothing in it',
    ]);
    const json = await place.strata('validate', '--json', 'wrong.yaml');
    expect((JSON.parse(json.stdout) as {code: string}[]).map(d => d.code)).toEqual(['E104', 'E104']);
    expect(await told('validate', '--json', 'a.yaml')).toBe('[]\n');
  });

  const written = catalogue.filter(e => e.kind !== 'neighbors');
  const pageOf = (entry: CatalogueEntry): string => {
    const definition = definitions[stageId(entry.kind, entry.name)] ?? null;
    return `${stagePage({...entry, definition}, {paint: (_, text) => text, width: 100})}\n`;
  };
  const kinds = new Map(written.map(entry => [entry.kind, entry]));

  test.each([...kinds.values()])('describe: the page of $kind $name', async entry => {
    const {kind, name} = entry;
    expect(await told('describe', kind, ...(name === null ? [] : [name]))).toBe(pageOf(entry));
  });

  test('describe: every stage, all that an experiment may say of it', async () => {
    const list = await told('describe');
    expect(list.trimEnd().split('\n')).toHaveLength(written.length);
    for (const entry of written) {
      const {kind, name, summary, source, params, inputs, columns} = entry;
      const page = pageOf(entry);
      const title = name === null ? kind : `${kind} ${name}`;
      expect(page.startsWith(`${title}  version ${entry.version}\n`)).toBe(true);
      const words = (text: string): string => text.replaceAll(/\s+/g, ' ');
      for (const text of [summary, source]) expect(words(page)).toContain(words(text));
      for (const port of Object.keys(inputs)) expect(page).toMatch(new RegExp(`^  ${port} `, 'm'));
      for (const param of Object.keys(params.properties ?? {}))
        expect(words(page)).toMatch(new RegExp(` ${param} \\S.*?, (required|optional|default \\S+) `));
      for (const column of columns)
        expect(page).toMatch(new RegExp(`^  ${column.name} +${column.type} +\\S`, 'm'));
      expect(page).not.toMatch(/default undefined|\[object/);
      expect(page.split('\n').filter(line => line.length > 100)).toEqual([]);
    }
    const json = JSON.parse(await told('describe', 'metric', 'twonn', '--json')) as CatalogueEntry[];
    expect(json).toEqual(
      catalogue.filter(e => e.name === 'twonn').map(e => ({...e, definition: definitions['metric/twonn']})),
    );
  }, 60_000);

  test('describe: the definition of a metric, with its formula and what its statuses mean', async () => {
    const page = await told('describe', 'metric', 'twonn');
    expect(page).toContain('\n\nIntrinsic dimension from two neighbours\n');
    expect(page).toContain('\n\n    F(μ) = 1 - μ^(-d)        so that        -log(1 - F(μ)) = d log μ\n\n');
    expect(page).toMatch(/^Statuses\n( .*\n)* {2}insufficient {2}too few points are left to fit\n/m);
    expect(page).toMatch(/^Source\n {2}Facco/m);
  }, 60_000);

  test('inspect: the blocks and layers of a model', async () => {
    const text = await told('inspect', 'models/shapes-vit/final.onnx');
    expect(text).toMatch(/^models\/shapes-vit\/final\.onnx {2}opset 17, any batch\n/);
    expect(text).toMatch(/^takes +pixel_values float32\[batch, 3, 32, 32\]$/m);
    expect(text).toMatch(/^gives +logits float32\[batch, 12\]$/m);
    for (let i = 0; i < 6; i++)
      for (const name of ['', '.attn', '.attn.probs', '.mlp', '.mlp.act', '.ln1', '.ln2'])
        expect(text).toMatch(new RegExp(`^blocks\\.${i}${name.replaceAll('.', '\\.')} `, 'm'));
    const json = JSON.parse(await told('inspect', '--json', 'models/shapes-vit/final.onnx')) as {
      layers: {name: string}[];
    };
    expect(json.layers.map(l => l.name)).toContain('blocks.5.mlp.act');
  });

  test('schema: the JSON Schema of experiments', async () => {
    const text = await told('schema');
    expect(text).toBe(readFileSync(file('schemas/experiment.schema.json'), 'utf8'));
    expect(JSON.parse(text)).toMatchObject({$schema: 'https://json-schema.org/draft/2020-12/schema'});
  });

  test('--help and --version', async () => {
    const help = await told('--help');
    for (const command of ['run', 'plan', 'show', 'validate', 'describe', 'inspect', 'schema'])
      expect(help).toMatch(new RegExp(`^  ${command} `, 'm'));
    const {version} = JSON.parse(readFileSync(file('package.json'), 'utf8')) as {version: string};
    expect(await told('--version')).toBe(`${version}\n`);
    expect(await told('run', '--help')).toContain('Usage: strata run');
  });
});

test('what a table shows by default goes by what its rows are', async () => {
  place.write('data.csv', matrixCsv(60));
  place.write(
    'reach.yaml',
    `strata: 1
name: reach
stages:
  data: {stage: load, source: matrix, path: data.csv, label: class}
  classes: {stage: metric, metric: kstar, from: data}
  samples: {stage: metric, metric: kstar, from: data, rows: samples}
  figure: {stage: plot, plot: distribution, from: samples}
`,
  );
  const {code, stdout} = await place.strata('run', 'reach.yaml');
  expect(code).toBe(0);
  const table = /^layer +classes +samples\ninput +[-\d.]+ +[\d.]+ ± [\d.]+\n/m;
  expect(stdout).toMatch(table);
  const shown = await told('show', 'reach');
  expect(shown).toMatch(table);
  const rows = (JSON.parse(await told('show', 'reach', '--json')) as Record<string, Row[]>)['samples']!;
  const mean = rows.reduce((sum, row) => sum + (row['kstar_share'] as number) / rows.length, 0);
  expect(Number(/^input.* ([\d.]+) ± [\d.]+$/m.exec(shown)![1])).toBeCloseTo(mean, 2);
  const spec = place.read('outputs/reach/latest/figures/figure.vl.json');
  expect(spec).toContain('Share of its class that k* reaches');
});

describe.skipIf(spawnSync('script', ['--version']).error !== undefined)('on a terminal', () => {
  /** Standard output of a run of the experiment in a terminal of its own. */
  function shown(env: Record<string, string>, ...args: string[]): string {
    const command = [process.execPath, file('bin/strata.js'), 'run', 'a.yaml', ...args].join(' ');
    const {stdout, status} = spawnSync('script', ['-qec', command, '/dev/null'], {
      cwd: place.folder,
      env: {...process.env, NO_COLOR: undefined, TERM: 'xterm-256color', ...env},
      encoding: 'utf8',
    });
    expect(status).toBe(0);
    return stdout;
  }

  test('what runs is shown while it runs, and what ended in colour', () => {
    const text = shown({}, 'params.k=8');
    expect(text).toMatch(/\r\u001b\[2Koverlap .*━/);
    expect(text).toMatch(/\r\u001b\[2Koverlap +\u001b\[32mran +\u001b\[39m/);
  });

  test('but not with NO_COLOR, and not where the terminal can do nothing', () => {
    for (const env of [{NO_COLOR: '1'}, {TERM: 'dumb'}]) {
      const text = shown(env, 'params.k=8');
      expect(text).toContain('everything was cached');
      expect(text).not.toContain('\u001b');
    }
    expect(shown({NO_COLOR: '1'}, 'params.k=9')).toMatch(/^overlap +ran +\S+ m?s {2}params.k 8 -> 9\r$/m);
  });
});
