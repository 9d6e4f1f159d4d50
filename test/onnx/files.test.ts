import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, describe, expect, it} from 'vitest';
import {buildModel} from '../../src/onnx/build.js';
import {modelFiles} from '../../src/onnx/files.js';
import {decodeModel, encodeModel, type Model, type TensorProto} from '../../src/onnx/model.js';
import {fixtureCases} from './zoo.js';

const folder = mkdtempSync(join(tmpdir(), 'strata-files-'));
afterAll(() => rmSync(folder, {recursive: true}));

/** A model of two large weights, some of them moved to files. */
function model(...locations: string[]): Model {
  const made = decodeModel(
    buildModel({
      inputs: [{name: 'x', type: 'float32', shape: ['n', 200]}],
      outputs: [{name: 'z', type: 'float32'}],
      nodes: [
        {op: 'MatMul', inputs: ['x', 'v'], outputs: ['y']},
        {op: 'MatMul', inputs: ['y', 'w'], outputs: ['z']},
        {
          op: 'Constant',
          inputs: [],
          outputs: ['c'],
          attributes: {value: {tensor: {data: new Float32Array(40_000)}}},
        },
      ],
      initializers: {
        v: {data: new Float32Array(40_000), shape: [200, 200]},
        w: {data: new Float32Array(40_000), shape: [200, 200]},
      },
    }),
  );
  const tensors: TensorProto[] = [...made.graph.initializer, made.graph.node[2]!.attribute[0]!.t!];
  locations.forEach((value, i) => {
    const tensor = tensors[i]!;
    delete tensor.rawData;
    tensor.dataLocation = 1;
    tensor.externalData = [
      {key: 'offset', value: '0'},
      {key: 'location', value},
    ];
  });
  return made;
}

function save(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

describe('modelFiles', () => {
  it('is the model alone when its weights are inside', () => {
    expect(modelFiles(fixtureCases[0]!.model)).toEqual([fixtureCases[0]!.model]);
    const whole = save('whole.onnx', encodeModel(model()));
    expect(modelFiles(whole)).toEqual([whole]);
  });

  it('names every data file once, wherever the tensor stands', () => {
    save('a.bin', new Uint8Array(8));
    save('b.bin', new Uint8Array(8));
    const path = save('split.onnx', encodeModel(model('a.bin', 'a.bin', 'b.bin')));
    expect(modelFiles(path)).toEqual([path, join(folder, 'a.bin'), join(folder, 'b.bin')]);
  });

  it('fails for what is missing', () => {
    expect(() => modelFiles(join(folder, 'none.onnx'))).toThrow(/^E401 .*none\.onnx: no such file$/);
    const path = save('lost.onnx', encodeModel(model('gone.bin')));
    expect(() => modelFiles(path)).toThrow(
      /^E401 .*lost\.onnx: its weights lie in .*gone\.bin, which does not exist$/,
    );
  });

  it('fails for a model that is cut off, with the place', () => {
    const bytes = encodeModel(model());
    const path = save('cut.onnx', bytes.subarray(0, bytes.length - 100_000));
    expect(() => modelFiles(path)).toThrow(
      /^E401 .*cut\.onnx: not an ONNX model, or damaged: truncated: \d+ bytes missing at byte \d+$/,
    );
  });
});
