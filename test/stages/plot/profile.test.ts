import {describe, expect, it} from 'vitest';
import type {Context, Inputs} from '../../../src/stages/define.js';
import profile from '../../../src/stages/plot/profile.js';
import type {Table} from '../../../src/stages/ports.js';
import type {Figure} from './figure.js';
import {defaultsOf, draw as drawStage, expectSound} from './figure.js';
import {SAMPLES} from './tables.js';

const draw = (tables: readonly Table[], params: Record<string, unknown> = {}): Promise<Figure> =>
  drawStage(profile, tables, params);

/** The ends of the y axis of each panel. */
const domainsOf = (spec: object): [low: number, high: number][] =>
  (spec as {vconcat: {layer: {encoding: {y: {scale: {domain: [number, number]}}}}[]}[]}).vconcat.map(
    panel => panel.layer[0]!.encoding.y.scale.domain,
  );

describe('plot/profile', () => {
  it.each(Object.entries(SAMPLES))(
    'draws %s: a valid specification, nothing cut off',
    async (_name, tables) => {
      await expectSound(await draw(tables));
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

  it('gives panels of one quantity the same axis', async () => {
    const [table] = SAMPLES['undefined']!;
    const rows = table!.rows.map(row => ({...row, id: row['id'] === null ? null : 3 * Number(row['id'])}));
    const {spec} = await draw([table!, {...table!, label: 'id-larger', rows}, SAMPLES['three']![1]!]);
    const [first, second, other] = domainsOf(spec);
    expect(first).toEqual(second);
    expect(first![1]).toBeGreaterThan(2 * first![0]);
    expect(other).not.toEqual(first);
  });

  it('starts the axis of shares at zero, and of nothing else', async () => {
    const {spec} = await draw(SAMPLES['three']!);
    const domains = domainsOf(spec).map(([low]) => low);
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
    await expect(profile.run(ctx, inputs, defaultsOf(profile), [])).rejects.toThrow('aborted');
  });
});
