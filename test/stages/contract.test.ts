import {spawnSync} from 'node:child_process';
import {cpSync, existsSync, readFileSync, readdirSync, statSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {afterAll, describe, expect, test} from 'vitest';
import type {Definition, JsonSchema} from '../../src/stages/catalogue.js';
import {entryOf} from '../../src/stages/catalogue.js';
import {STAGE_IDS, loadStage} from '../../src/stages/registry.js';
import type {Condition} from '../../src/stages/when.js';
import {Workplace} from '../rig/strata.js';
import {matrixCsv} from '../stories/matrix.js';

const file = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const stages = await Promise.all(STAGE_IDS.map(async id => ({id, entry: entryOf(await loadStage(id))})));

const definitions = JSON.parse(readFileSync(file('schemas/definitions.json'), 'utf8')) as Record<
  string,
  Definition | undefined
>;
/** Kinds whose stages measure or draw: what they make of their input must be defined. */
const DEFINED = ['metric', 'probe', 'project', 'plot'];

/** All parameters of a schema, those within a parameter included, as `sample.n`. */
function parameters(schema: JsonSchema, path = ''): {path: string; schema: JsonSchema; required: boolean}[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, own]) => [
    {path: path + name, schema: own, required: schema.required?.includes(name) ?? false},
    ...parameters(own, `${path}${name}.`),
  ]);
}

describe.each(stages)('$id', ({id, entry}) => {
  test('is in the file of its name, and says what it is', () => {
    const [kind, name = kind] = id.split('/');
    expect([entry.kind, entry.name ?? entry.kind]).toEqual([kind, name]);
    expect(existsSync(file(`src/stages/${kind!}/${name!}.ts`))).toBe(true);
    expect(Number.isInteger(entry.version) && entry.version > 0).toBe(true);
    for (const text of [entry.summary, entry.source]) expect(text).toMatch(/^\S.{10,}$/);
  });

  test('every parameter is described, and required or has a default', () => {
    expect(entry.params['additionalProperties']).toBe(false);
    for (const {path, schema, required} of parameters(entry.params)) {
      expect(schema.description, path).toMatch(/^\S.{5,}$/);
      if (!/^job\b/.test(path))
        expect(required || schema.default !== undefined, `${path} has neither`).toBe(true);
    }
    for (const name of entry.notInKey) expect(Object.keys(entry.params.properties!)).toContain(name);
  });

  test('what a parameter needs to have an effect is a parameter beside it, with values it takes, or an optional port', () => {
    const check = (schema: JsonSchema): void => {
      for (const property of Object.values(schema.properties ?? {})) {
        check(property);
        for (const {of, values} of (property['x-when'] ?? []) as readonly Condition[]) {
          if (of.startsWith('from.')) {
            expect([entry.inputs[of.slice('from.'.length)]?.required, values]).toEqual([false, [null]]);
            continue;
          }
          const {default: initial, enum: listed} = schema.properties![of] as {
            default?: unknown;
            enum?: unknown[];
          };
          if (values === null || values.includes(null)) expect(initial, of).toBeNull();
          else if (values.every(value => !value!.startsWith('*')))
            expect(listed, of).toEqual(expect.arrayContaining([...values]));
        }
      }
    };
    check(entry.params);
  });

  test('its ports are described; its table has columns, each with a name of its own', () => {
    for (const [name, port] of Object.entries(entry.inputs)) {
      expect(port.description, name).toMatch(/^\S.{3,}$/);
      expect(port.type.length).toBeGreaterThan(0);
    }
    const names = entry.columns.map(c => c.name);
    expect(new Set(names).size).toBe(names.length);
    for (const column of entry.columns) expect(column.description, column.name).toMatch(/^\S.{3,}$/);
    if (entry.output !== 'table') expect([names, entry.value]).toEqual([[], null]);
    else if (typeof entry.value === 'string') expect(names).toContain(entry.value);
    else {
      const {param, columns} = entry.value!;
      expect(Object.keys(columns)).toEqual(entry.params.properties![param]!['enum']);
      expect(names).toEqual(expect.arrayContaining(Object.values(columns)));
    }
  });
});

describe.each(stages.filter(({entry}) => DEFINED.includes(entry.kind)))('$id', ({id, entry}) => {
  test('has a definition beside it, which docs/05-metrics.md shows', () => {
    const definition = definitions[id];
    expect(definition, `write src/stages/${id}.md; tools/definitions.js says how`).toBeDefined();
    const {title, text, statuses} = definition!;
    const guide = readFileSync(file('docs/05-metrics.md'), 'utf8');
    expect(guide).toContain(`**${title}.** ${text.split('\n')[0]!}`);
    if (entry.columns.some(c => c.name === 'status')) expect(statuses.map(s => s.status)).toContain('ok');
  });
});

const measuring = stages.filter(({entry}) => ['metric', 'probe', 'project'].includes(entry.kind));
describe.each(measuring)('$id', ({id}) => {
  test('has a figure in docs/05-metrics.md, which a shipped experiment draws', () => {
    const label = id.replace('/', '-');
    const experiments = readdirSync(file('experiments')).map(name =>
      readFileSync(file(`experiments/${name}`), 'utf8'),
    );
    const drawn = experiments.some(text => new RegExp(`^  ${label}:\\s+\\{?\\s*stage: plot`, 'm').test(text));
    expect(drawn, `draw it as "${label}" in experiments/metrics-tour.yaml`).toBe(true);
    const image = `images/${label}.png`;
    expect(existsSync(file(`docs/${image}`)), 'run tools/make-figures.js').toBe(true);
    expect(statSync(file(`docs/${image}`)).size).toBeLessThan(60_000);
    expect(readFileSync(file('docs/05-metrics.md'), 'utf8')).toContain(`<img src="${image}" `);
  });
});

test('schemas/ is what the stages say', {timeout: 60_000}, () => {
  const {stderr, status} = spawnSync(process.execPath, [file('tools/generate-schemas.js'), '--check'], {
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  expect(status).toBe(0);
});

describe('an experiment with every stage', () => {
  const places = [new Workplace(), new Workplace()] as const;
  afterAll(() => places.forEach(place => place.remove()));

  /** Ten grey images of 8 x 8 and their labels; three records of CIFAR-10; a few photographs; a table; layers. */
  function furnish(place: Workplace): void {
    const bytes = (count: number): Buffer =>
      Buffer.from(Uint8Array.from({length: count}, (_, i) => (i * 37) % 251));
    const header = (...numbers: number[]): Buffer => {
      const buffer = Buffer.alloc(4 * numbers.length);
      numbers.forEach((n, i) => buffer.writeUInt32BE(n, 4 * i));
      return buffer;
    };
    place.write('digits.idx', Buffer.concat([header(0x803, 10, 8, 8), bytes(640)]));
    place.write(
      'labels.idx',
      Buffer.concat([header(0x801, 10), Buffer.from([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])]),
    );
    place.write(
      'cifar/test_batch.bin',
      Buffer.concat([0, 1, 2].map(label => Buffer.concat([Buffer.from([label]), bytes(3072)]))),
    );
    place.write('cifar/batches.meta.txt', 'airplane\nautomobile\nbird\n');
    for (const name of ['landscape.jpg', 'grey.png', 'alpha.webp'])
      cpSync(file(`test/fixtures/images/${name}`), place.path(`photos/${name.split('.')[1]!}/${name}`));
    cpSync(file('test/fixtures/activations/stored.npz'), place.path('layers.npz'));
    place.write('numbers.csv', matrixCsv(60, {cols: 5}));
    place.write('every-stage.yaml', readFileSync(file('test/stages/every-stage.yaml'), 'utf8'));
  }

  test('uses every stage', async () => {
    const place = places[0];
    furnish(place);
    const {stdout} = await place.strata('plan', '--json', 'every-stage.yaml');
    const planned = (JSON.parse(stdout) as {stages: {kind: string}[]}).stages.map(s => s.kind);
    const missing = STAGE_IDS.filter(id => !planned.includes(id));
    expect(missing, 'add an example of each to test/stages/every-stage.yaml').toEqual([]);
  });

  test(
    'gives the same results in another process, on one thread, in other batches',
    {timeout: 120_000},
    async () => {
      const [one, other] = places;
      furnish(other);
      const [a, b] = await Promise.all([
        one.startIn({STRATA_TEST_CORES: '3'}, 'run', 'every-stage.yaml').finished,
        other.startIn({STRATA_TEST_CORES: '1'}, 'run', 'every-stage.yaml', 'params.batch=7').finished,
      ]);
      expect([a.code, b.code]).toEqual([0, 0]);
      expect(other.digests('every-stage')).toEqual(one.digests('every-stage'));
      // Neither batches nor threads are in a key.
      const keys = (place: Workplace): string[] =>
        Object.values(place.record('every-stage').stages).map(s => s.key!);
      expect(keys(other)).toEqual(keys(one));
    },
  );

  test('has no status that the definition of its stage does not explain', async () => {
    const place = places[0];
    const planned = JSON.parse((await place.strata('plan', '--json', 'every-stage.yaml')).stdout) as {
      stages: {stage: string; kind: string}[];
    };
    const tables = JSON.parse((await place.strata('show', 'every-stage', '--json')).stdout) as Record<
      string,
      {status?: string}[]
    >;
    const found = planned.stages.flatMap(({stage, kind}) =>
      (tables[stage] ?? []).map(row => ({kind, status: row.status})),
    );
    expect(found.length).toBeGreaterThan(100);
    const unknown = found.filter(
      ({kind, status}) =>
        status !== undefined && !definitions[kind]?.statuses.some(known => known.status === status),
    );
    expect(unknown).toEqual([]);
  });
});
