import {decodeModel, ELEMENT, encodeModel} from '../../src/onnx/model.js';
import {normals} from '../golden/golden.js';

/**
 * A convolutional network as it is before training: every kernel drawn anew from normal numbers of variance 2 / fan-in (He, Zhang,
 * Ren, Sun 2015), every bias 0.
 */
export function untrained(bytes: Uint8Array): Uint8Array {
  const model = decodeModel(bytes);
  model.graph.initializer.forEach((tensor, i) => {
    if (tensor.dataType !== ELEMENT.float32) return;
    const shape = tensor.dims.map(Number);
    const size = shape.reduce((product, n) => product * n, 1);
    const fanIn = size / shape[0]!;
    const values =
      shape.length === 4 ? normals(i + 1, size).map(z => z * Math.sqrt(2 / fanIn)) : new Float64Array(size);
    tensor.rawData = new Uint8Array(Float32Array.from(values).buffer);
  });
  return encodeModel(model);
}
