import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {dirname} from 'node:path';
import {fileURLToPath} from 'node:url';
import {inspectModel, type Layer} from '../../src/onnx/inspect.js';
import {openSession, type Tensor} from '../../src/onnx/session.js';
import {tapLayers} from '../../src/onnx/taps.js';
import {hasShared, shared} from '../rig/shared.js';
import {maxDifference, readNpy} from './npy.js';

/** A model and what is known of its layers, by normalised name. */
export interface ZooCase {
  readonly name: string;
  readonly model: string;
  readonly input: Tensor;
  /** Files of values that PyTorch gave. */
  readonly values: ReadonlyMap<string, string>;
  /** Tensors of the graph with these values. */
  readonly tensors: ReadonlyMap<string, readonly string[]>;
  /** Null for maps. */
  readonly prefixTokens: number | null;
}

const fixtures = fileURLToPath(new URL('../fixtures/zoo/', import.meta.url));

interface Expected {
  readonly prefixTokens: number | null;
  readonly values: Record<string, string>;
  readonly tensors: Record<string, string[]>;
}

/** One ViT, ConvNeXt, ResNet and VGG that are always there. */
export const fixtureCases: readonly ZooCase[] = [
  'vit_timm',
  'convnext_timm',
  'resnet_basic_timm',
  'vgg_tv',
].map(name => {
  const folder = `${fixtures}${name}`;
  const expected = JSON.parse(readFileSync(`${folder}/expected.json`, 'utf8')) as Expected;
  return {
    name,
    model: `${folder}/model.onnx`,
    input: readNpy(`${folder}/input.npy`),
    values: new Map(Object.entries(expected.values).map(([layer, file]) => [layer, `${folder}/${file}`])),
    tensors: new Map(Object.entries(expected.tensors)),
    prefixTokens: expected.prefixTokens,
  };
});

interface Capture {
  readonly key: string;
  readonly npy: string;
}

interface Golden {
  readonly kind: string;
  readonly prefix_tokens: {readonly total: number};
  readonly hidden: readonly Capture[];
  readonly mlp_activation: Capture | null;
  readonly attention_probs: Capture | null;
  readonly files: readonly {
    readonly file: string;
    readonly answer_key: Record<string, readonly {readonly tensor: string; readonly relation: string}[]>;
  }[];
}

const layerName = (key: string): string => {
  const [what = '', i = ''] = key.split('/');
  const inside: Record<string, string> = {
    attn: '.attn',
    attnprobs: '.attn.probs',
    mlp: '.mlp',
    act: '.mlp.act',
  };
  if (what === 'embed') return 'embed';
  if (what === 'stage') return `stages.${i}`;
  return `blocks.${i}${what === 'block' ? '' : (inside[what] ?? `.${what}`)}`;
};

/** Every model of the large zoo. */
export const sharedCases: readonly ZooCase[] = hasShared
  ? readdirSync(shared('zoo'))
      .filter(name => existsSync(shared(`zoo/${name}/golden.json`)))
      .sort()
      .flatMap(name => {
        const folder = shared(`zoo/${name}`);
        const golden = JSON.parse(readFileSync(`${folder}/golden.json`, 'utf8')) as Golden;
        const captures = [...golden.hidden, golden.mlp_activation, golden.attention_probs].filter(
          c => c !== null,
        );
        return golden.files.map(({file, answer_key: key}) => ({
          name: file.replace('.onnx', ''),
          model: `${folder}/${file}`,
          input: readNpy(`${folder}/input.npy`),
          values: new Map(captures.map(c => [layerName(c.key), `${folder}/${c.npy}`])),
          tensors: new Map(
            Object.entries(key).map(([k, found]) => [
              layerName(k),
              found.filter(f => f.relation === 'same').map(f => f.tensor),
            ]),
          ),
          prefixTokens: golden.kind.startsWith('tokens') ? golden.prefix_tokens.total : null,
        }));
      })
  : [];

/** Taps every layer that has golden values, by `tokens` where its axes run that way; gives the worst difference of each. */
export async function tapAgainstGolden(
  bytes: Uint8Array,
  zoo: ZooCase,
  layers: readonly Layer[],
): Promise<Map<string, number>> {
  const {source} = inspectModel(bytes, zoo.name);
  const worst = new Map<string, number>();
  for (const pooling of ['tokens', 'flatten'] as const) {
    const chosen = layers.filter(l => zoo.values.has(l.name) && (pooling === 'tokens') === isTokens(l));
    if (chosen.length === 0) continue;
    const {model, taps} = tapLayers(bytes, chosen, pooling, zoo.name);
    const session = await openSession(model, {threads: 1, folder: dirname(zoo.model)});
    const results = await session.run({[source]: zoo.input});
    await session.release();
    for (const {layer, output} of taps) {
      const want = readNpy(zoo.values.get(layer.name)!).data as Float32Array;
      worst.set(layer.name, maxDifference(results[output]!.data as Float32Array, want));
    }
  }
  return worst;
}

/** Tokens, and maps that PyTorch kept with the channels last, come out of `tokens` in PyTorch's order. */
const isTokens = (l: Layer): boolean => l.kind === 'tokens' || (l.kind === 'map' && l.channelAxis === 3);
