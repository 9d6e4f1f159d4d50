import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {Ajv} from 'ajv';
import sharp from 'sharp';
import {describe, expect, it} from 'vitest';
import type {Context, Inputs, Output} from '../../../src/stages/define.js';
import profile from '../../../src/stages/plot/profile.js';
import type {Table} from '../../../src/stages/ports.js';
import {SAMPLES} from './tables.js';

type Figure = Extract<Output, {type: 'figure'}>;

const defaults = Object.fromEntries(
  Object.entries(profile.params.properties as Record<string, {default: unknown}>).map(([k, v]) => [
    k,
    v.default,
  ]),
);

async function draw(tables: readonly Table[], params: Record<string, unknown> = {}): Promise<Figure> {
  const ctx = {signal: new AbortController().signal} as Context;
  const inputs = {tables: () => Promise.resolve([...tables])} as unknown as Inputs;
  return (await profile.run(ctx, inputs, {...defaults, ...params}, [])) as Figure;
}

const schema = JSON.parse(
  readFileSync(createRequire(import.meta.url).resolve('vega-lite/vega-lite-schema.json'), 'utf8'),
) as object;
const valid = new Ajv({strict: false, allErrors: true, logger: false}).compile(schema);

/** Whether the outermost pixels are all white: text that is cut off would reach them. */
async function hasClearMargin(png: Uint8Array, margin: number): Promise<boolean> {
  const {data, info} = await sharp(png).greyscale().raw().toBuffer({resolveWithObject: true});
  return data.every((v, i) => {
    const x = i % info.width;
    const y = Math.floor(i / info.width);
    const inside = x >= margin && y >= margin && x < info.width - margin && y < info.height - margin;
    return inside || v === 255;
  });
}

describe('plot/profile', () => {
  it.each(Object.entries(SAMPLES))(
    'draws %s: a valid specification, nothing cut off',
    async (_name, tables) => {
      const {spec, svg, png} = await draw(tables);
      expect(valid(spec), JSON.stringify(valid.errors?.slice(0, 3))).toBe(true);
      expect(svg.startsWith('<svg ')).toBe(true);
      expect(await hasClearMargin(png, 20)).toBe(true);
    },
  );

  it('draws the same SVG on every machine', async () => {
    const {spec, svg} = await draw(SAMPLES['undefined']!);
    await expect(`${JSON.stringify(spec, null, 1)}\n`).toMatchFileSnapshot(
      '../../golden/plot/undefined.json',
    );
    await expect(svg).toMatchFileSnapshot('../../golden/plot/undefined.svg');
  });

  it('stacks a panel for each table, with the names of layers at the bottom only', async () => {
    const {spec, svg} = await draw(SAMPLES['three']!);
    expect(spec['vconcat']).toHaveLength(3);
    expect(svg.match(/>blocks\.4</g)).toHaveLength(1);
    expect(svg.match(/>chance</g)).toHaveLength(2);
    for (const title of [
      'Intrinsic dimension',
      'Neighbourhood overlap with the labels',
      'Top-1 accuracy of a linear probe',
    ])
      expect(svg).toContain(`>${title}<`);
  });

  it('names the stage where two panels have the same title', async () => {
    const [table] = SAMPLES['undefined']!;
    const {svg} = await draw([table!, {...table!, label: 'id-trained'}]);
    expect(svg).toContain('>id · mean ± std of 5 repeats');
    expect(svg).toContain('>id-trained · mean ± std of 5 repeats');
  });

  it('starts the axis of shares at zero, and of nothing else', async () => {
    const {spec} = await draw(SAMPLES['three']!);
    const domains = (
      spec['vconcat'] as {layer: {encoding: {y: {scale: {domain: [number, number]}}}}[]}[]
    ).map(panel => panel.layer[0]!.encoding.y.scale.domain[0]);
    expect(domains[0]).toBeGreaterThan(5);
    expect(domains.slice(1)).toEqual([0, 0]);
  });

  it('writes the title, broken where it is too wide', async () => {
    const {svg} = await draw(SAMPLES['undefined']!, {title: 'a title of several words', width: 120});
    expect(svg).toContain('>a title of<');
    expect(svg).toContain('>several words<');
  });

  it('draws a figure where nothing is defined', async () => {
    const [table] = SAMPLES['single']!;
    const rows = table!.rows.map(row => ({...row, id: null, status: 'constant'}));
    const {svg} = await draw([{...table!, rows}]);
    expect(svg).toContain('>20 of 20 undefined: constant<');
  });

  it('stops when told to', async () => {
    const ctx = {signal: AbortSignal.abort()} as Context;
    const inputs = {tables: () => Promise.resolve(SAMPLES['single'])} as unknown as Inputs;
    await expect(profile.run(ctx, inputs, defaults, [])).rejects.toThrow('aborted');
  });
});
