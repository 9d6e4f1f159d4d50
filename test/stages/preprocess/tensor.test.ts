import {readFileSync} from 'node:fs';
import {describe, expect, it} from 'vitest';
import {sha256} from '../../../src/stages/load/digest.js';
import {decodeImage} from '../../../src/stages/load/image-file.js';
import type {PixelRecipe, RawImage} from '../../../src/stages/ports.js';
import {shapeOf} from '../../../src/stages/preprocess/geometry.js';
import {tensorWriter, toGrey} from '../../../src/stages/preprocess/tensor.js';

interface Golden {
  readonly recipes: Readonly<Record<string, PixelRecipe>>;
  readonly cases: readonly {
    file: string;
    recipe: string;
    shape: number[];
    sha256: string;
    values: number[];
  }[];
}

const golden = JSON.parse(
  readFileSync(new URL('../../golden/tensors.json', import.meta.url), 'utf8'),
) as Golden;
const folder = new URL('../../fixtures/images/', import.meta.url);

/** The tensor of an image, in memory that held something else before. */
function tensor(image: RawImage, recipe: PixelRecipe): {shape: number[]; data: Float32Array} {
  const shape = shapeOf(recipe, image.width, image.height);
  const data = new Float32Array(shape[0] * shape[1] * shape[2]).fill(99);
  tensorWriter(recipe)(image, data);
  return {shape, data};
}

const plain: PixelRecipe = {
  resize: null,
  interpolation: 'bicubic',
  crop: null,
  channels: 'rgb',
  scale: 1,
  mean: [0, 0, 0],
  std: [1, 1, 1],
};

describe('tensorWriter', () => {
  it.each(Object.keys(golden.recipes))('gives the tensors of Pillow and NumPy: %s', async name => {
    const cases = golden.cases.filter(c => c.recipe === name);
    expect(cases).toHaveLength(6);
    for (const {file, shape, sha256: digest, values} of cases) {
      const image = await decodeImage(readFileSync(new URL(file, folder)), file);
      const out = tensor(image, golden.recipes[name]!);
      expect(out.shape, file).toEqual(shape);
      const probes = values.map(
        (_, i) => out.data[Math.trunc((i * (out.data.length - 1)) / (values.length - 1))],
      );
      expect(probes, file).toEqual(values);
      expect(sha256(new Uint8Array(out.data.buffer)), file).toBe(digest);
    }
  });

  const grey: RawImage = {width: 2, height: 1, channels: 1, data: Uint8Array.of(10, 20)};
  const colour: RawImage = {width: 2, height: 1, channels: 3, data: Uint8Array.of(1, 2, 3, 40, 50, 60)};

  it('puts channels in order, and copies grey to all', () => {
    expect([...tensor(colour, plain).data]).toEqual([1, 40, 2, 50, 3, 60]);
    expect([...tensor(colour, {...plain, channels: 'bgr'}).data]).toEqual([3, 60, 2, 50, 1, 40]);
    expect([...tensor(grey, plain).data]).toEqual([10, 20, 10, 20, 10, 20]);
    expect([...tensor(grey, {...plain, channels: 'bgr', mean: [1, 2, 3]}).data]).toEqual([
      9, 19, 8, 18, 7, 17,
    ]);
    expect([...tensor(grey, {...plain, channels: 'grey', mean: [5], std: [5]}).data]).toEqual([1, 3]);
  });

  it('weighs colours by their luma', () => {
    const image: RawImage = {
      width: 5,
      height: 1,
      channels: 3,
      data: Uint8Array.of(255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 9, 9, 255, 255, 255),
    };
    expect([...toGrey(image).data]).toEqual([76, 150, 29, 9, 255]);
  });
});

describe('shapeOf', () => {
  const size = (recipe: Partial<PixelRecipe>, width: number, height: number): number[] =>
    shapeOf({...plain, ...recipe}, width, height).slice(1);

  it('resizes the short side, and cuts the fraction of the long one', () => {
    expect(size({resize: 256}, 500, 375)).toEqual([256, 341]);
    expect(size({resize: 256}, 375, 500)).toEqual([341, 256]);
    expect(size({resize: 7}, 10, 10)).toEqual([7, 7]);
    expect(size({resize: [3, 4]}, 10, 20)).toEqual([3, 4]);
    expect(size({}, 10, 20)).toEqual([20, 10]);
    expect(size({resize: 256, crop: [224, 200]}, 500, 375)).toEqual([224, 200]);
  });

  it('places the crop as torchvision does: half pixels to even', () => {
    // An image whose value is its column: the first value of the tensor is where the crop begins.
    const start = (width: number, crop: number): number => {
      const image: RawImage = {
        width,
        height: 1,
        channels: 1,
        data: Uint8Array.from({length: width}, (_, i) => i),
      };
      return tensor(image, {...plain, channels: 'grey', mean: [0], std: [1], crop: [1, crop]}).data[0]!;
    };
    expect([10, 11, 12, 13, 14, 15, 17].map(w => start(w, 10))).toEqual([0, 0, 1, 2, 2, 2, 4]);
  });
});
