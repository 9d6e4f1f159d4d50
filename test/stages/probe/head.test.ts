import {describe, expect, it} from 'vitest';
import type {ArtifactInfo, Context, Inputs, Output} from '../../../src/stages/define.js';
import type {Layer, Samples} from '../../../src/stages/ports.js';
import head from '../../../src/stages/probe/head.js';

/** Activations with one layer of logits, read two samples at a time. */
function activations(
  name: string,
  logits: readonly (readonly number[])[],
  labels: readonly (number | null)[],
) {
  const dim = logits[0]?.length ?? 3;
  const layer: Layer = {
    ...{name, index: 4, depth: 0.98, rows: logits.length, tokens: 1, dim, dtype: 'float32'},
    async *blocks() {
      for (let start = 0; start < logits.length; start += 2) {
        const block = logits.slice(start, start + 2);
        yield await Promise.resolve({start, count: block.length, data: Float32Array.from(block.flat())});
      }
    },
    matrix: () => Promise.reject(new Error('the whole layer was asked for')),
  };
  const samples: Samples = {
    rows: labels.map((label, i) => ({
      ...{id: `s${i}.png`, uri: '', sha256: '', label, class: null, split: null, boxes: []},
    })),
    classes: [],
  };
  return {layers: [layer], samples};
}

const infoOf = (layers: readonly Pick<Layer, 'name' | 'depth' | 'index'>[]): ArtifactInfo => ({
  type: 'activations',
  parts: [
    {name: 'samples', digest: '0', meta: {}},
    ...layers.map(meta => ({name: `layer/${meta.name}`, digest: '1', meta: {...meta}})),
  ],
});

async function measure(input: ReturnType<typeof activations>) {
  const progress: number[] = [];
  const ctx = {
    signal: new AbortController().signal,
    progress: (done: number) => void progress.push(done),
  } as unknown as Context;
  const inputs = {activations: () => input} as unknown as Inputs;
  const ports = {from: infoOf(input.layers)};
  const [unit] = await head.units!(ports, {});
  const output = (await head.run(ctx, inputs, {}, [unit!])) as Extract<Output, {type: 'table'}>;
  return {rows: head.gather!([{unit: unit!, rows: output.rows}], ports, {}), progress};
}

describe('probe/head', () => {
  it('measures accuracy, top-5 accuracy and loss', async () => {
    const logits = [
      [0, 1, 2, 3, 4, 5],
      [0, 1, 2, 3, 4, 5],
      [0, 1, 2, 3, 4, 5],
      [1000, 0, 0, 0, 0, 0],
    ];
    const {rows, progress} = await measure(activations('head', logits, [5, 1, 0, 0]));
    const sum = Math.log([0, 1, 2, 3, 4, 5].reduce((s, x) => s + Math.exp(x), 0));
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({
      ...{layer: 'head', depth: 0.98, index: 4},
      ...{accuracy: 0.5, top5: 0.75, n: 4, status: 'ok'},
    });
    expect(rows[0]!['loss']).toBeCloseTo((sum - 5 + (sum - 1) + (sum - 0) + 0) / 4, 12);
    expect(progress).toEqual([2, 4]);
  });

  it('gives ties to the lower index', async () => {
    const logits = Array.from({length: 7}, () => [1, 1, 1, 1, 1, 1, 1]);
    const {rows} = await measure(activations('head', logits, [0, 1, 2, 3, 4, 5, 6]));
    expect(rows[0]).toMatchObject({accuracy: 1 / 7, top5: 5 / 7});
    expect(rows[0]!['loss']).toBeCloseTo(Math.log(7), 12);
  });

  it('takes a single layer of any name, else the one named head', async () => {
    const {rows} = await measure(activations('logits', [[1, 0]], [0]));
    expect(rows[0]).toMatchObject({layer: 'logits', accuracy: 1, top5: 1});
    const layers = ['embed', 'head', 'other'].map((name, index) => ({name, index, depth: index / 2}));
    expect(await head.units!({from: infoOf(layers)}, {})).toEqual([
      {id: 'head', reads: {layer: ['from', 'layer/head'], labels: ['from', 'samples']}},
    ]);
    expect(() => head.units!({from: infoOf(layers.filter(l => l.name !== 'head'))}, {})).toThrow(
      'E501 none of the 2 layers is named "head", so which holds the logits is not clear',
    );
  });

  it('is undefined without samples', async () => {
    const {rows} = await measure(activations('head', [], []));
    expect(rows[0]).toMatchObject({accuracy: null, top5: null, loss: null, n: 0, status: 'insufficient'});
  });

  it('needs a label for every sample, and a logit for every label', async () => {
    const logits = [
      [1, 2],
      [3, 4],
    ];
    await expect(measure(activations('head', logits, [1, null]))).rejects.toThrow(
      'E304 the accuracy of "head" needs a label for every sample; "s1.png" has none',
    );
    await expect(measure(activations('head', logits, [1, 2]))).rejects.toThrow(
      'E501 label 2 of sample "s1.png" has no logit: layer "head" has 2, for labels 0 to 1',
    );
  });

  it('refuses logits that are not finite, with their place', async () => {
    const logits = [
      [1, 2],
      [0, 0],
      [3, NaN],
    ];
    await expect(measure(activations('head', logits, [0, 0, 0]))).rejects.toThrow(
      'E305 layer "head", sample "s2.png" (row 2): logit 1 is NaN',
    );
  });
});
