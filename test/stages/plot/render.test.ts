import {execFileSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {fileURLToPath} from 'node:url';
import sharp from 'sharp';
import {describe, expect, it} from 'vitest';
import {render} from '../../../src/stages/plot/render.js';

const SPEC = {
  $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
  width: 120,
  height: 80,
  data: {values: [1, 3, 2].map((v, i) => ({v, i, series: i === 0 ? 'long name' : 'b'}))},
  mark: {type: 'point', clip: true},
  encoding: {
    x: {field: 'i', type: 'quantitative'},
    y: {field: 'v', type: 'quantitative'},
    color: {field: 'series', type: 'nominal'},
  },
};

const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex');

describe('render', () => {
  it('gives the same bytes again, in this process and in another', async () => {
    const first = await render(SPEC);
    const second = await render(SPEC);
    expect(second.svg).toBe(first.svg);
    expect(sha256(second.png)).toBe(sha256(first.png));

    const module = fileURLToPath(new URL('../../../dist/stages/plot/render.js', import.meta.url));
    const script = `
      import {createHash} from 'node:crypto';
      import {render} from ${JSON.stringify(module)};
      const {svg, png} = await render(${JSON.stringify(SPEC)});
      for (const data of [svg, png]) console.log(createHash('sha256').update(data).digest('hex'));`;
    const env = {...process.env, LANG: 'de_DE.UTF-8', TZ: 'Asia/Tokyo'};
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
      env,
      encoding: 'utf8',
    });
    expect(output).toBe(`${sha256(first.svg)}\n${sha256(first.png)}\n`);
  });

  it('draws the PNG at twice the size of the SVG', async () => {
    const {svg, png} = await render(SPEC);
    const [, width, height] = /width="(\d+)" height="(\d+)"/.exec(svg)!;
    const meta = await sharp(png).metadata();
    expect([meta.format, meta.width, meta.height]).toEqual(['png', 2 * Number(width), 2 * Number(height)]);
  });

  it('draws text with the shipped font', async () => {
    const text = (font: string) => ({
      data: {values: [{}]},
      mark: {type: 'text', text: 'abc', font},
      width: 50,
      height: 20,
    });
    const named = await render(text('DejaVu Sans'));
    const absent = await render(text('No Such Family'));
    const blank = await render({
      data: {values: [{}]},
      mark: {type: 'text', text: ' '},
      width: 50,
      height: 20,
    });
    expect(sha256(absent.png)).toBe(sha256(named.png));
    expect(sha256(blank.png)).not.toBe(sha256(named.png));
  });

  it('gives the same bytes when several are drawn at once', async () => {
    const [alone, ...together] = [await render(SPEC), ...(await Promise.all([render(SPEC), render(SPEC)]))];
    for (const {svg} of together) expect(svg).toBe(alone.svg);
  });

  it.each([
    [
      {},
      'Invalid specification {}. Make sure the specification includes at least one of the following properties: ' +
        '"mark", "layer", "facet", "hconcat", "vconcat", "concat", or "repeat".',
    ],
    [
      {...SPEC, encoding: {x: {field: 'i', type: 'quantitative', scale: {type: 'blog'}}}},
      'Channel "x" does not work with "blog" scale. We are using "linear" scale instead.',
    ],
    [{...SPEC, transform: [{calculate: 'datum.(', as: 'x'}]}, 'Unexpected token ('],
  ])('refuses what cannot be drawn: %#', async (spec, message) => {
    await expect(render(spec)).rejects.toMatchObject({
      diagnostics: [{code: 'E501', message: `the figure cannot be drawn: ${message}`}],
    });
    expect((await render(SPEC)).svg).toContain('>long name<');
  });
});
