import {readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {InferenceSession, Tensor} from 'onnxruntime-node';
import {describe, expect, it} from 'vitest';
import {drawShape, shapesClasses, shapesLabel} from '../../src/stages/load/shapes-image.js';

const file = (name: string): string =>
  fileURLToPath(new URL(`../../models/shapes-vit/${name}`, import.meta.url));

const CHECKPOINTS = ['step-00000.onnx', 'step-00288.onnx', 'step-00720.onnx', 'step-01800.onnx', 'final.onnx'];
const N = 240;
const PLANE = 32 * 32;

/** The first images of seed 2, which no training saw, as the model takes them: channels first, in [-1, 1]. */
function heldOut(): Tensor {
  const pixels = new Float32Array(N * 3 * PLANE);
  for (let i = 0; i < N; i++) {
    drawShape(2, i).forEach((value, at) => {
      pixels[(3 * i + (at % 3)) * PLANE + Math.floor(at / 3)] = (value / 255 - 0.5) / 0.5;
    });
  }
  return new Tensor('float32', pixels, [N, 3, 32, 32]);
}

async function accuracy(checkpoint: string, images: Tensor): Promise<number> {
  const session = await InferenceSession.create(file(checkpoint), {intraOpNumThreads: 1});
  const {logits} = await session.run({pixel_values: images});
  await session.release();
  expect(logits!.dims).toEqual([N, shapesClasses.length]);
  const values = logits!.data as Float32Array;
  let hits = 0;
  for (let i = 0; i < N; i++) {
    const row = values.subarray(i * shapesClasses.length, (i + 1) * shapesClasses.length);
    if (row.indexOf(Math.max(...row)) === shapesLabel(2, i)) hits++;
  }
  return hits / N;
}

describe('models/shapes-vit', () => {
  it('names the classes of the data set in their order', () => {
    expect(JSON.parse(readFileSync(file('labels.json'), 'utf8'))).toEqual(shapesClasses);
  });

  it('learns: from chance to nine in ten on images it has not seen', async () => {
    const images = heldOut();
    const accuracies: number[] = [];
    for (const checkpoint of CHECKPOINTS) accuracies.push(await accuracy(checkpoint, images));
    expect(accuracies).toEqual([...accuracies].sort((a, b) => a - b));
    expect(accuracies[0]).toBeLessThan(0.15);
    expect(accuracies.at(-1)).toBeGreaterThan(0.9);
  });
});
