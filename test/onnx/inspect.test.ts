import {readFileSync} from 'node:fs';
import {describe, expect, it} from 'vitest';
import {StrataError} from '../../src/diagnostics/diagnostic.js';
import {inspectModel} from '../../src/onnx/inspect.js';
import {hasShared, shared} from '../rig/shared.js';
import {mutated, MUTATIONS} from './mutate.js';
import {vit} from './vit.js';
import {fixtureCases, sharedCases, tapAgainstGolden, type ZooCase} from './zoo.js';

const layersOf = (bytes: Uint8Array): Map<string, string> =>
  new Map(inspectModel(bytes).layers.map(l => [l.name, l.tensor]));

function expectLayers(zoo: ZooCase, except: RegExp): void {
  const found = inspectModel(readFileSync(zoo.model), zoo.name);
  const wrong = [...zoo.tensors]
    .filter(([layer, tensors]) => tensors.length > 0 && !except.test(layer))
    .filter(([layer, tensors]) => !tensors.includes(found.layers.find(l => l.name === layer)?.tensor ?? ''))
    .map(([layer]) => layer);
  expect(wrong).toEqual([]);
  const extra = found.layers
    .map(l => l.name)
    .filter(n => /^(blocks|stages)\.\d+$/.test(n) && !zoo.tensors.has(n));
  expect(extra.filter(name => name.startsWith('blocks'))).toEqual([]);
  const embed = found.layers.find(l => l.name === 'embed')!;
  if (embed.kind === 'tokens') expect(embed.prefixTokens).toBe(zoo.prefixTokens);
}

async function expectValues(bytes: Uint8Array, zoo: ZooCase, tolerance: number): Promise<void> {
  const {layers} = inspectModel(bytes, zoo.name);
  const worst = await tapAgainstGolden(bytes, zoo, layers);
  const named = [...zoo.values.keys()].filter(name => layers.some(l => l.name === name));
  expect([...worst.keys()].sort()).toEqual(named.sort());
  for (const [layer, difference] of worst) expect(difference, layer).toBeLessThan(tolerance);
}

describe.each(fixtureCases)('$name', zoo => {
  const bytes = readFileSync(zoo.model);

  it('has the layers its exporter wrote', () => {
    expectLayers(zoo, /^$/);
  });

  it('gives the values that PyTorch gave', async () => {
    await expectValues(bytes, zoo, 1e-4);
  });

  it.each(Object.entries(MUTATIONS))('has the same layers with %s', async (_, mutate) => {
    const other = mutated(bytes, mutate);
    const names = inspectModel(bytes).layers.map(l => [l.name, l.kind, l.depth]);
    expect(inspectModel(other).layers.map(l => [l.name, l.kind, l.depth])).toEqual(names);
    await expectValues(other, zoo, 1e-4);
  });
});

describe.skipIf(!hasShared)('every exporter', () => {
  // A fused Attention node keeps its probabilities; Swin's attention is per window and its downsampling ends a stage elsewhere.
  it.each(sharedCases.filter(c => !c.name.startsWith('swin')))('$name', async zoo => {
    const bytes = readFileSync(zoo.model);
    expectLayers(zoo, /^$/);
    await expectValues(bytes, zoo, 1e-4);
  });

  it.each(sharedCases.filter(c => c.name.startsWith('swin')))('$name: blocks and their inside', async zoo => {
    const bytes = readFileSync(zoo.model);
    const {layers} = inspectModel(bytes, zoo.name);
    const chosen = layers.filter(l => !/^stages/.test(l.name));
    const worst = await tapAgainstGolden(bytes, zoo, chosen);
    expect(worst.size).toBe([...zoo.values.keys()].filter(k => !k.startsWith('stages')).length);
    for (const [layer, difference] of worst) expect(difference, layer).toBeLessThan(1e-4);
  });
});

describe('a transformer written by hand', () => {
  it('names every part of a pre-norm block', () => {
    const layers = layersOf(vit({}));
    expect([...layers]).toEqual([
      ['input', 'image'],
      ['embed', 'embed'],
      ...[0, 1].flatMap(i => [
        [`blocks.${i}.ln1`, `block${i}/ln1`],
        [`blocks.${i}.attn.probs`, `block${i}/attn/probs`],
        [`blocks.${i}.attn`, `block${i}/attn`],
        [`blocks.${i}.ln2`, `block${i}/ln2`],
        [`blocks.${i}.mlp.act`, `block${i}/mlp/act`],
        [`blocks.${i}.mlp`, `block${i}/mlp`],
        [`blocks.${i}`, `block${i}`],
      ]),
      ['norm', 'norm'],
      ['pooled', 'pooled'],
      ['head', 'logits'],
    ]);
  });

  it('counts depth in products with weights', () => {
    const {layers} = inspectModel(vit({depth: 1}));
    const depth = Object.fromEntries(layers.map(l => [l.name, l.depth]));
    // Patches; q, k, v and output; up and down; the classifier.
    expect(depth).toMatchObject({
      input: 0,
      embed: 1 / 8,
      'blocks.0.attn.probs': 3 / 8,
      'blocks.0.attn': 5 / 8,
      'blocks.0.mlp.act': 6 / 8,
      'blocks.0': 7 / 8,
      norm: 7 / 8,
      head: 1,
    });
  });

  it.each([
    ['distillation token', {prefix: 2}, 2],
    ['no class token', {prefix: 0}, 0],
    ['registers after the positions', {registers: 3}, 4],
    ['tokens before batch', {sequenceFirst: true}, 1],
    ['tokens before batch, registers', {sequenceFirst: true, registers: 2}, 3],
  ] as const)('counts learned tokens: %s', (_, variant, expected) => {
    const {layers} = inspectModel(vit(variant));
    for (const name of ['embed', 'blocks.0.attn', 'blocks.1', 'blocks.1.mlp.act']) {
      expect(
        layers.find(l => l.name === name),
        name,
      ).toMatchObject({kind: 'tokens', prefixTokens: expected});
    }
  });

  it.each([
    ['layer scale', {layerScale: true}],
    ['root mean square norm', {rms: true}],
    ['gated MLP', {mlp: 'gated'}],
    ['one block', {depth: 1}],
    ['many blocks', {depth: 12}],
    ['tokens before batch', {sequenceFirst: true}],
  ] as const)('finds the same parts with %s', (_, variant) => {
    const depth = 'depth' in variant ? variant.depth : 2;
    const layers = layersOf(vit(variant));
    expect(layers.get('embed')).toBe('embed');
    for (let i = 0; i < depth; i++) {
      for (const part of ['', '/attn', '/attn/probs', '/mlp', '/mlp/act', '/ln1', '/ln2']) {
        expect(layers.get(`blocks.${i}${part.replaceAll('/', '.')}`)).toBe(`block${i}${part}`);
      }
    }
    expect(layers.has(`blocks.${depth}`)).toBe(false);
    expect(layers.get('norm')).toBe('norm');
    expect(layers.get('head')).toBe('logits');
  });

  it('takes the normalised sum as the stream of a post-norm transformer', () => {
    const layers = layersOf(vit({norm: 'post', depth: 3}));
    for (const i of [0, 1, 2]) {
      expect(layers.get(`blocks.${i}`)).toBe(`block${i}`);
      expect(layers.get(`blocks.${i}.attn`)).toBe(`block${i}/attn`);
      expect(layers.get(`blocks.${i}.ln1`)).toBe(`block${i}/ln1`);
      expect(layers.get(`blocks.${i}.ln2`)).toBe(`block${i}`);
    }
  });

  it('takes attention and MLP side by side as one block', () => {
    const layers = layersOf(vit({parallel: true, depth: 3}));
    for (const i of [0, 1, 2]) {
      expect(layers.get(`blocks.${i}`)).toBe(`block${i}`);
      expect(layers.get(`blocks.${i}.attn`)).toBe(`block${i}/attn`);
      expect(layers.get(`blocks.${i}.mlp`)).toBe(`block${i}/mlp`);
      expect(layers.get(`blocks.${i}.mlp.act`)).toBe(`block${i}/mlp/act`);
    }
    expect(layers.has('blocks.3')).toBe(false);
  });
});

describe.skipIf(!hasShared)('real models', () => {
  const inspectShared = (name: string): ReturnType<typeof inspectModel> =>
    inspectModel(readFileSync(shared(`assets/models/${name}.onnx`)), name);
  const tensors = (found: ReturnType<typeof inspectModel>, names: RegExp): string[] =>
    found.layers.filter(l => names.test(l.name)).map(l => l.tensor);

  it('ViT-Tiny', () => {
    const found = inspectShared('vit_tiny_patch16_224_in1k.w16');
    const range = [...Array(12).keys()];
    expect(tensors(found, /^blocks\.\d+$/)).toEqual(range.map(i => `blocks/${i}/out`));
    expect(tensors(found, /^blocks\.\d+\.attn\.probs$/)).toEqual(range.map(i => `blocks/${i}/attn/probs`));
    expect(tensors(found, /^blocks\.\d+\.mlp\.act$/)).toEqual(range.map(i => `blocks/${i}/mlp/act`));
    expect(tensors(found, /^(embed|norm|pooled|head)$/)).toEqual([
      'embed/out',
      'norm/out',
      'cls/out',
      'logits',
    ]);
    expect(found.batch).toBeNull();
    expect(found.layers.find(l => l.name === 'blocks.7')?.prefixTokens).toBe(1);
  });

  it.each([20, 32, 56])('ResNet-%i', depth => {
    const found = inspectShared(`resnet${depth}_cifar10`);
    const perStage = (depth - 2) / 6;
    const names = [1, 2, 3].flatMap(s => [...Array(perStage).keys()].map(i => `layer${s}/${i}/out`));
    expect(tensors(found, /^blocks\.\d+$/)).toEqual(names);
    expect(tensors(found, /^stages\.\d+$/)).toEqual([1, 2, 3].map(s => `layer${s}/${perStage - 1}/out`));
  });

  it('SqueezeNet', () => {
    const found = inspectShared('squeezenet1.0_in1k');
    expect(tensors(found, /^blocks\.\d+$/)).toEqual([2, 3, 4, 5, 6, 7, 8, 9].map(k => `fire${k}/concat`));
    expect(tensors(found, /^(embed|stages\.\d+)$/)).toEqual(['pool1', 'pool4', 'pool8', 'fire9/concat']);
  });

  it('a third-party ViT of operator set 9', () => {
    const found = inspectShared('vnncomp_vit_pgd_2_3_16_cifar10');
    expect(tensors(found, /^blocks\.\d+$/)).toEqual([0, 1].map(b => `/1/1.${b}/1.${b}.1/Add_output_0`));
  });

  it('a small VGG', () => {
    const found = inspectShared('mnist_epochs/mnist_tinyvgg_epoch01');
    expect(tensors(found, /^blocks\.\d+$/)).toHaveLength(4);
    expect(tensors(found, /^stages\.\d+$/)).toEqual(['block1/out', 'block2/out']);
  });
});

describe('inputs', () => {
  const bytes = readFileSync(fixtureCases[3]!.model);

  it('says which batch a model takes', () => {
    expect(inspectModel(bytes).batch).toBeNull();
    expect(inspectModel(mutated(bytes, MUTATIONS['batch fixed to 2']!)).batch).toBe(2);
  });

  it('finds out that a graph holds for one sample only, whatever its input claims', () => {
    const vgg = mutated(bytes, ({graph}) => {
      const flatten = graph.node.find(n => n.opType === 'Flatten')!;
      flatten.opType = 'Reshape';
      flatten.attribute = [];
      flatten.input.push('shape');
      const int64Data = [Uint8Array.of(1, 128, 1)];
      const none = {
        floatData: [],
        int32Data: [],
        doubleData: [],
        uint64Data: [],
        stringData: [],
        externalData: [],
      };
      graph.initializer.push({name: 'shape', dims: [2], dataType: 7, int64Data, ...none});
    });
    const found = inspectModel(vgg);
    expect(found.batch).toBe(1);
    expect(found.notes.join()).toContain('one sample at a time');
  });

  it('gives shapes for the sample it is told of', () => {
    const open = mutated(readFileSync(fixtureCases[2]!.model), MUTATIONS['all axes open']!);
    const last = inspectModel(open, 'resnet', [3, 64, 96]).layers.find(l => l.name === 'stages.3');
    expect(last?.dims).toEqual([null, 32, 2, 3]);
  });

  it('refuses a sample that the model does not take', () => {
    const attempt = (): unknown => inspectModel(bytes, 'vgg.onnx', [3, 224, 224]);
    expect(attempt).toThrow(StrataError);
    expect(attempt).toThrow('E404 vgg.onnx takes samples of [3, 32, 32], not [3, 224, 224]');
  });
});
