/** The generated schema in the language server that editors run: it is found by the first line of a file, and works. */
import {readFileSync, readdirSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {loadCatalogue} from '../../src/cli/schemas.js';
import {Editor} from './language-server.js';

const experiments = fileURLToPath(new URL('../../experiments', import.meta.url));
const editor = new Editor(experiments);
beforeAll(() => editor.start());
afterAll(() => editor.stop());

const MODELINE = '# yaml-language-server: $schema=../schemas/experiment.schema.json\n';

/** An experiment with these lines as its stages. */
const withStages = (...lines: string[]): string =>
  `${MODELINE}strata: 1\nname: x\nstages:\n${lines.map(line => `  ${line}\n`).join('')}`;

const stages = loadCatalogue().stages.filter(s => s.kind !== 'neighbors');
const namesOf = (kind: string): (string | null)[] => stages.filter(s => s.kind === kind).map(s => s.name);
const labels = async (text: string): Promise<string[]> =>
  (await editor.complete(text)).map(({label}) => label);

describe('completion', () => {
  it('offers the keys of an experiment', async () => {
    expect(await labels(`${MODELINE}strata: 1\n|\n`)).toEqual(
      expect.arrayContaining(['name', 'description', 'seed', 'params', 'stages']),
    );
  });

  it('offers the kinds of stages, each explained', async () => {
    const offered = await editor.complete(withStages('id:', '  stage: |'));
    expect(offered.map(o => o.label)).toEqual([...new Set(stages.map(s => s.kind))]);
  });

  it('asks for the name after the kind', async () => {
    const [first, ...others] = await editor.complete(withStages('id:', '  stage: metric', '  |'));
    expect([first!.label, first!.insertText, others]).toEqual(['metric', 'metric: ', []]);
  });

  it.each(['load: source', 'metric: metric', 'probe: probe', 'project: view', 'plot: plot'])('offers the names: %s', async pair => {
    const [kind, key] = pair.split(': ');
    expect(await labels(withStages('id:', `  stage: ${kind!}`, `  ${key!}: |`))).toEqual(namesOf(kind!));
    expect(await labels(withStages(`id: {stage: ${kind!}, ${key!}: |}`))).toEqual(namesOf(kind!));
  });

  it('offers the parameters of the one named, with their defaults, and no others', async () => {
    const offered = await editor.complete(withStages('id:', '  stage: metric', '  metric: twonn', '  |'));
    const {params} = stages.find(s => s.name === 'twonn')!;
    expect(offered.map(o => o.label)).toEqual(['from', ...Object.keys(params.properties!)]);
    const fraction = offered.find(o => o.label === 'fraction')!;
    expect(fraction.insertText).toBe('fraction: ${1:0.9}');
    expect(fraction.documentation).toBe(params.properties!['fraction']!.description);
  });

  it('offers the values of a parameter', async () => {
    const {preset} = stages.find(s => s.kind === 'preprocess')!.params.properties!;
    expect(await labels(withStages('pixels:', '  stage: preprocess', '  preset: |'))).toEqual(preset!['enum']);
  });
});

describe('hover', () => {
  it('says what a parameter is, under the name of its stage', async () => {
    const text = await editor.hover(withStages('o: {stage: metric, metric: twonn, from: a, fra|ction: 0.5}'));
    const {description} = stages.find(s => s.name === 'twonn')!.params.properties!['fraction']!;
    expect(text).toContain(`#### metric twonn\n\n${description!}\n`);
  });

  it('says what a metric measures', async () => {
    const text = await editor.hover(withStages('id:', '  stage: metric', '  metric: two|nn'));
    expect(text).toContain(`* \`twonn\`: ${stages.find(s => s.name === 'twonn')!.summary}\n`);
  });
});

describe('what is wrong is underlined', () => {
  const data = 'data: {stage: load, source: shapes}';
  it.each([
    ['the key of an experiment', `${MODELINE}strata: 1\nname: x\nsed: 1\nstages:\n  ${data}\n`, 'sed', 4],
    ['a kind', withStages('data: {stage: laod}'), 'laod', 5],
    ['a name', withStages(data, 'id: {stage: metric, metric: twon, from: data}'), 'twon', 6],
    ['a parameter', withStages(data, 'id:', '  stage: metric', '  metric: twonn', '  from: data', '  fractoin: 1'), 'fractoin', 10],
    ['a type', withStages('data: {stage: load, source: shapes, n: many}'), 'many', 5],
    ['a value', withStages('data: {stage: preprocess, from: a, preset: vit}'), 'vit', 5],
    ['what is missing', withStages('data: {stage: load}'), 'data', 5],
  ])('%s', async (_what, text, expected, line) => {
    const found = await editor.underlined(text);
    expect(found.map(u => ({text: u.text, line: u.line}))).toEqual([{text: expected, line}]);
  });

  it.each([
    ['references', withStages("data: {stage: load, source: shapes, n: '${params.n}', seed: '${seed}'}")],
    ['what extends another', `${MODELINE}extends: quickstart.yaml\nstages: {hidden: {pool: mean}, probe: null}\n`],
  ])('but not %s', async (_what, text) => {
    expect(await editor.underlined(text)).toEqual([]);
  });

  it.each(readdirSync(experiments).filter(file => file.endsWith('.yaml')))('nor anything in %s', async file => {
    expect(await editor.underlined(readFileSync(`${experiments}/${file}`, 'utf8'))).toEqual([]);
  });

  it('and nothing in a file that names no schema', async () => {
    expect(await editor.underlined('stages: {data: {stage: laod}}\n')).toEqual([]);
  });
});
