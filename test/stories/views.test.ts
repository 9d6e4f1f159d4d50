import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import type {Row} from '../../src/stages/ports.js';
import {Workplace} from '../rig/strata.js';

/** The shipped experiment of views, with fewer pictures: from drawing them to a figure. */
describe('views of layers', {timeout: 240_000}, () => {
  const place = new Workplace();
  afterAll(() => place.remove());
  const FILE = 'experiments/shapes-views.yaml';
  const run = (...words: string[]) => place.run(FILE, 'params.n=120', ...words);
  const table = async (stage: string): Promise<Row[]> =>
    JSON.parse((await place.strata('show', 'shapes-views', stage, '--json')).stdout) as Row[];
  interface Figure {
    readonly concat: readonly {
      readonly title: {text: string[]};
      readonly data: {values: {class: string}[]};
    }[];
  }
  const figure = (): Figure =>
    JSON.parse(place.read('outputs/shapes-views/latest/figures/figure.vl.json')) as Figure;

  beforeAll(async () => {
    const {code, stderr, outcomes} = await run();
    expect([code, stderr]).toEqual([0, '']);
    // All views and the overlap share the neighbours of a layer.
    expect(Object.keys(outcomes).filter(label => label.includes('~'))).toEqual(['hidden~neighbors']);
  }, 120_000);

  test('have a row for each picture in each layer, and a panel for each layer', async () => {
    const layers = ['blocks.0', 'blocks.2', 'blocks.3', 'norm'];
    for (const stage of ['pca', 'tsne', 'umap']) {
      const rows = await table(stage);
      expect(rows).toHaveLength(480);
      expect([...new Set(rows.map(row => row['layer']))]).toEqual(layers);
      for (const row of rows)
        expect(row).toMatchObject({n: 120, status: 'ok', x: expect.any(Number) as number});
      const last = rows.at(-1)!;
      expect(last['trustworthiness']).toBeGreaterThan(0.8);
      expect(new Set(rows.map(row => row['class'])).size).toBe(12);
    }
    const {concat} = figure();
    expect(concat.map(panel => panel.title.text.join(' '))).toEqual(
      ['pca', 'tsne', 'umap'].flatMap(stage => layers.map(layer => `${stage} · ${layer}`)),
    );
    for (const {data} of concat) expect(data.values).toHaveLength(120);
    expect((await place.strata('show', 'shapes-views')).stdout).not.toContain('± 0');
  });

  test('are kept layer by layer, and drawn anew without being made anew', async () => {
    const {units} = await run('stages.hidden.layers=[blocks.0,blocks.1,norm]');
    for (const stage of ['pca', 'tsne', 'umap'])
      expect(units.filter(unit => unit.startsWith(`${stage}/`))).toEqual([`${stage}/blocks.1`]);
    const {outcomes} = await run('+stages.figure.size=150');
    expect(Object.entries(outcomes).filter(([, outcome]) => outcome === 'ran')).toEqual([['figure', 'ran']]);
  });

  test('say what they cannot do with so few', async () => {
    const {code, stderr, stdout} = await run('+stages.tsne.perplexity=150');
    expect(code).toBe(1);
    expect(`${stdout}${stderr}`).toContain('a perplexity of 150 needs more than 151 samples; there are 120');
  });
});
