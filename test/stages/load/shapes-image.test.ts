import {createHash} from 'node:crypto';
import {readFileSync} from 'node:fs';
import {describe, expect, it} from 'vitest';
import {drawShape, shapesClasses, shapesLabel, shapesSize} from '../../../src/stages/load/shapes-image.js';

const range = (n: number): number[] => Array.from({length: n}, (_, i) => i);

function sha256(images: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const image of images) hash.update(image);
  return hash.digest('hex');
}

describe('drawShape', () => {
  it.each([
    [0, 0, '6dcea5f51cbc0bb59796be1a33921e096623c3a5ecd094ec60e49a49a6ded453'],
    [0, 1, '97c8806557f9504d857002ecea261c90f7ddf82dc41149383911a6280ff36eaa'],
    [1, 29_999, '79680b158d102d6eccc3dd3bb3f201c8c7ebd85dc43fcf0bb50616ecf48f3eba'],
    [4_294_967_295, 1_000_000, 'fb57b1827d2da9a657cb049fc56ac4fa172cb3da4e384d032b4724d8ea659d9f'],
  ])('draws the same bytes everywhere: seed %i, index %i', (seed, index, digest) => {
    expect(sha256([drawShape(seed, index)])).toBe(digest);
  });

  it('draws the same first 256 images everywhere', () => {
    expect(sha256(range(256).map(i => drawShape(0, i)))).toBe(
      '71f69d792aa86b930452ae7d33dace0ad6ef6a3fcdf3f8a8d5046ff5f38007f0',
    );
  });

  it('uses only arithmetic that is exact by IEEE 754', () => {
    const source = readFileSync(new URL('../../../src/stages/load/shapes-image.ts', import.meta.url), 'utf8');
    const used = new Set([...source.matchAll(/Math\.(\w+)/g)].map(m => m[1]));
    expect([...used].sort()).toEqual(['floor', 'imul', 'max', 'min', 'sqrt']);
    expect(source.replaceAll(/\/\*.*?\*\//gs, '')).not.toContain('**');
  });

  it('gives interleaved RGB of the stated size', () => {
    expect(drawShape(0, 0)).toHaveLength(shapesSize * shapesSize * 3);
  });

  it('does not depend on what was drawn before', () => {
    const forwards = range(24).map(i => drawShape(3, i));
    const backwards = range(24)
      .reverse()
      .map(i => drawShape(3, i))
      .reverse();
    expect(backwards).toEqual(forwards);
  });

  it('draws every image differently', () => {
    const digests = range(5).flatMap(seed => range(200).map(i => sha256([drawShape(seed, i)])));
    expect(new Set(digests).size).toBe(1000);
  });

  it('does not give the class away by the mean colour', () => {
    const means = range(1200).map(i => {
      const image = drawShape(0, i);
      return {label: shapesLabel(0, i), mean: image.reduce((a, b) => a + b, 0) / image.length};
    });
    const overall = means.reduce((a, m) => a + m.mean, 0) / means.length;
    const spread = Math.sqrt(means.reduce((a, m) => a + (m.mean - overall) ** 2, 0) / means.length);
    for (const label of range(shapesClasses.length)) {
      const own = means.filter(m => m.label === label);
      const mean = own.reduce((a, m) => a + m.mean, 0) / own.length;
      // 100 images a class: the standard error of a class mean is a tenth of the spread.
      expect(Math.abs(mean - overall), shapesClasses[label]).toBeLessThan(0.4 * spread);
    }
  });

  it('is hard for nearest neighbours in pixel space', () => {
    const images = range(480).map(i => Float64Array.from(drawShape(0, i)));
    const hits = images.filter((image, i) => {
      const distances = images.map((other, j) => (i === j ? Infinity : squaredDistance(image, other)));
      return shapesLabel(0, distances.indexOf(Math.min(...distances))) === shapesLabel(0, i);
    });
    expect(hits.length / images.length).toBeLessThan(0.3);
  });
});

function squaredDistance(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i]! - b[i]!) * (a[i]! - b[i]!);
  return sum;
}

describe('shapesLabel', () => {
  it('names twelve classes, a texture and a shape each', () => {
    expect(shapesClasses).toEqual([
      'plain disc',
      'striped disc',
      'dotted disc',
      'plain square',
      'striped square',
      'dotted square',
      'plain triangle',
      'striped triangle',
      'dotted triangle',
      'plain star',
      'striped star',
      'dotted star',
    ]);
  });

  it('gives every class once in each dozen', () => {
    for (const seed of [0, 1, 77]) {
      for (const dozen of range(50)) {
        const labels = range(12).map(i => shapesLabel(seed, 12 * dozen + i));
        expect([...labels].sort((a, b) => a - b)).toEqual(range(12));
      }
    }
  });

  it('does not repeat with a period of a dozen', () => {
    const firsts = range(100).map(dozen => shapesLabel(0, 12 * dozen));
    expect(new Set(firsts).size).toBe(12);
  });

  it('differs between seeds', () => {
    const labels = (seed: number): number[] => range(240).map(i => shapesLabel(seed, i));
    expect(labels(1)).not.toEqual(labels(2));
  });
});
