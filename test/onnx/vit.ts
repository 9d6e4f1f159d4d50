import {buildModel, float, type Constant, type NodeSpec} from '../../src/onnx/build.js';

/** What of a transformer can be written in more than one way. */
export interface Variant {
  readonly depth?: number;
  /** Learned tokens put in front. */
  readonly prefix?: number;
  /** Learned tokens put behind the first, after the positions were added. */
  readonly registers?: number;
  /** Where the normalisation stands: before the branch, or after the sum. */
  readonly norm?: 'pre' | 'post';
  /** x + (attention + mlp). */
  readonly parallel?: boolean;
  readonly mlp?: 'relu' | 'gated';
  /** Branches are multiplied by learned numbers. */
  readonly layerScale?: boolean;
  /** Tokens first, batch second. */
  readonly sequenceFirst?: boolean;
  readonly rms?: boolean;
}

/** A vision transformer written node by node: 16x16 images, patches of 8, width 8, 2 heads; names tell the layers. */
export function vit(variant: Variant): Uint8Array {
  const {depth = 2, prefix = 1, registers = 0, norm = 'pre', sequenceFirst = false} = variant;
  const width = 8;
  const nodes: NodeSpec[] = [];
  const initializers: Record<string, Constant> = {};
  let seed = 1;
  const weight = (name: string, ...shape: number[]): string => {
    const data = Float32Array.from({length: shape.reduce((a, b) => a * b, 1)}, () => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed / 2_147_483_647 - 0.5;
    });
    initializers[name] = {data, shape};
    return name;
  };
  const list = (name: string, ...values: number[]): string => {
    initializers[name] = {data: BigInt64Array.from(values, BigInt)};
    return name;
  };
  const add = (
    op: string,
    output: string,
    inputs: string[],
    attributes: NodeSpec['attributes'] = {},
  ): string => {
    nodes.push({op, inputs, outputs: [output], attributes});
    return output;
  };
  const linear = (name: string, x: string, from: number, to: number): string =>
    add('Add', name, [
      add('MatMul', `${name}/product`, [x, weight(`${name}/w`, from, to)]),
      weight(`${name}/b`, to),
    ]);
  const normalise = (name: string, x: string): string => {
    const gain = weight(`${name}/gain`, width);
    if (variant.rms !== true) {
      return add('LayerNormalization', name, [x, gain, weight(`${name}/offset`, width)], {
        epsilon: float(1e-5),
      });
    }
    initializers[`${name}/two`] = {data: Float32Array.of(2), shape: []};
    initializers[`${name}/epsilon`] = {data: Float32Array.of(1e-5), shape: []};
    add('Pow', `${name}/square`, [x, `${name}/two`]);
    add('ReduceMean', `${name}/mean`, [`${name}/square`], {axes: [-1]});
    add('Add', `${name}/shifted`, [`${name}/mean`, `${name}/epsilon`]);
    add('Sqrt', `${name}/root`, [`${name}/shifted`]);
    return add('Mul', name, [add('Div', `${name}/unit`, [x, `${name}/root`]), gain]);
  };
  const scaled = (name: string, x: string): string =>
    variant.layerScale === true ? add('Mul', `${name}/scaled`, [x, weight(`${name}/scale`, width)]) : x;

  const attention = (name: string, x: string): string => {
    const heads = (role: string, perm: number[]): string => {
      const y = linear(`${name}/${role}`, x, width, width);
      add('Reshape', `${name}/${role}/split`, [y, list(`${name}/${role}/shape`, 0, 0, 2, 4)]);
      return add('Transpose', `${name}/${role}/heads`, [`${name}/${role}/split`], {perm});
    };
    const [b, t] = sequenceFirst ? [1, 0] : [0, 1];
    const scores = add('MatMul', `${name}/scores`, [heads('q', [b, 2, t, 3]), heads('k', [b, 2, 3, t])]);
    const probs = add('Softmax', `${name}/probs`, [scores], {axis: -1});
    add('MatMul', `${name}/mixed`, [probs, heads('v', [b, 2, t, 3])]);
    add('Transpose', `${name}/back`, [`${name}/mixed`], {perm: sequenceFirst ? [2, 0, 1, 3] : [0, 2, 1, 3]});
    add('Reshape', `${name}/joined`, [`${name}/back`, list(`${name}/joined/shape`, 0, 0, width)]);
    return linear(name, `${name}/joined`, width, width);
  };
  const mlp = (name: string, x: string): string => {
    const up = linear(`${name}/up`, x, width, 16);
    if (variant.mlp !== 'gated') return linear(name, add('Relu', `${name}/act`, [up]), 16, width);
    const gate = add('Sigmoid', `${name}/gate/sigmoid`, [linear(`${name}/gate`, x, width, 16)]);
    return linear(name, add('Mul', `${name}/act`, [gate, up]), 16, width);
  };

  add('Conv', 'patches', ['image', weight('patches/w', width, 3, 8, 8)], {
    strides: [8, 8],
    kernel_shape: [8, 8],
  });
  add('Reshape', 'rows', ['patches', list('rows/shape', 0, width, -1)]);
  let x = add('Transpose', 'tokens', ['rows'], {perm: [0, 2, 1]});
  /** A learned token for every sample of the batch. */
  const learned = (name: string, count: number): string => {
    add('Shape', `${name}/shape`, ['image']);
    add('Gather', `${name}/batch`, [`${name}/shape`, list(`${name}/first`, 0)], {axis: 0});
    add('Concat', `${name}/size`, [`${name}/batch`, list(`${name}/ones`, count, width)], {axis: 0});
    return add('Expand', name, [weight(`${name}/w`, 1, count, width), `${name}/size`]);
  };
  if (prefix > 0) x = add('Concat', 'with prefix', [learned('prefix', prefix), x], {axis: 1});
  x = add('Add', 'positioned', [x, weight('positions', 1, 4 + prefix, width)]);
  if (registers > 0) {
    const [zero, one, end] = [list('zero', 0), list('one', 1), list('end', Number.MAX_SAFE_INTEGER)];
    const first = add('Slice', 'class token', [x, zero, one, one]);
    const rest = add('Slice', 'patch tokens', [x, one, end, one]);
    x = add('Concat', 'with registers', [first, learned('registers', registers), rest], {axis: 1});
  }
  if (sequenceFirst) x = add('Transpose', 'sequence first', [x], {perm: [1, 0, 2]});
  x = add('Identity', 'embed', [x]);
  for (let i = 0; i < depth; i++) {
    const at = `block${i}`;
    if (variant.parallel === true) {
      const y = normalise(`${at}/ln1`, x);
      const both = add('Add', `${at}/both`, [attention(`${at}/attn`, y), mlp(`${at}/mlp`, y)]);
      x = add('Add', at, [x, both]);
    } else if (norm === 'post') {
      x = normalise(`${at}/ln1`, add('Add', `${at}/middle`, [x, attention(`${at}/attn`, x)]));
      x = normalise(at, add('Add', `${at}/sum`, [x, mlp(`${at}/mlp`, x)]));
    } else {
      const branch = attention(`${at}/attn`, normalise(`${at}/ln1`, x));
      x = add('Add', `${at}/middle`, [x, scaled(`${at}/attn`, branch)]);
      x = add('Add', at, [x, scaled(`${at}/mlp`, mlp(`${at}/mlp`, normalise(`${at}/ln2`, x)))]);
    }
  }
  initializers['first token'] = {data: BigInt64Array.of(0n), shape: []};
  const last = normalise('norm', x);
  const pooled = add('Gather', 'pooled', [last, 'first token'], {axis: sequenceFirst ? 0 : 1});
  linear('logits', pooled, width, 3);
  return buildModel({
    inputs: [{name: 'image', type: 'float32', shape: ['n', 3, 16, 16]}],
    outputs: [{name: 'logits', type: 'float32', shape: ['n', 3]}],
    nodes,
    initializers,
  });
}
