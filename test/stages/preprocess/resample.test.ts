import {readFileSync} from 'node:fs';
import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {sha256} from '../../../src/stages/load/digest.js';
import type {RawImage} from '../../../src/stages/ports.js';
import {resample} from '../../../src/stages/preprocess/resample.js';

type Interpolation = 'bilinear' | 'bicubic' | 'lanczos';

interface Golden {
  readonly sources: readonly {width: number; height: number; channels: 1 | 3; data: string}[];
  readonly cases: readonly [
    source: number,
    width: number,
    height: number,
    kernel: Interpolation,
    sha256: string,
    start: string,
  ][];
}

const golden = JSON.parse(
  readFileSync(new URL('../../golden/resample.json', import.meta.url), 'utf8'),
) as Golden;
const sources = golden.sources.map((s): RawImage => ({
  ...s,
  data: new Uint8Array(Buffer.from(s.data, 'base64')),
}));

describe('resample', () => {
  it.each(['bilinear', 'bicubic', 'lanczos'])('gives the bytes of Pillow, up and down, by %s', kernel => {
    const cases = golden.cases.filter(c => c[3] === kernel);
    expect(cases).toHaveLength(64);
    for (const [source, width, height, interpolation, digest, start] of cases) {
      const out = resample(sources[source]!, width, height, interpolation);
      const where = `${JSON.stringify({...sources[source], data: undefined})} to ${width} x ${height}`;
      expect([out.width, out.height, out.channels], where).toEqual([
        width,
        height,
        sources[source]!.channels,
      ]);
      // The first bytes tell more than the digest when they differ.
      expect([...out.data.subarray(0, 12)], where).toEqual([...Buffer.from(start, 'base64')]);
      expect(sha256(out.data), where).toBe(digest);
    }
  });

  it('computes any window as if it were cut out afterwards', () => {
    const size = fc.integer({min: 1, max: 40});
    const random = fc.record({
      image: fc.record({
        width: size,
        height: size,
        channels: fc.constantFrom(1 as const, 3 as const),
        seed: fc.nat(),
      }),
      width: size,
      height: size,
      kernel: fc.constantFrom<Interpolation>('bilinear', 'bicubic', 'lanczos'),
      share: fc.tuple(...[0, 1, 2, 3].map(() => fc.double({min: 0, max: 1, maxExcluded: true, noNaN: true}))),
    });
    fc.assert(
      fc.property(random, ({image: {seed, ...shape}, width, height, kernel, share}) => {
        const data = Uint8Array.from(
          {length: shape.width * shape.height * shape.channels},
          (_, i) => (i * 7919 + seed) % 251,
        );
        const image = {...shape, data};
        const x = Math.floor(share[0]! * width);
        const y = Math.floor(share[1]! * height);
        const window = {
          x,
          y,
          width: 1 + Math.floor(share[2]! * (width - x)),
          height: 1 + Math.floor(share[3]! * (height - y)),
        };
        const all = resample(image, width, height, kernel);
        const part = resample(image, width, height, kernel, window);
        const rows = Array.from({length: window.height}, (_, r) => {
          const from = ((y + r) * width + x) * shape.channels;
          return [...all.data.subarray(from, from + window.width * shape.channels)];
        });
        expect([...part.data]).toEqual(rows.flat());
      }),
    );
  });

  it('leaves an image of the right size as it is', () => {
    const image = sources[5]!;
    expect(resample(image, image.width, image.height, 'lanczos')).toEqual(image);
  });

  it('keeps a uniform image uniform', () => {
    for (const value of [0, 1, 128, 255]) {
      const image: RawImage = {width: 13, height: 9, channels: 1, data: new Uint8Array(117).fill(value)};
      for (const kernel of ['bilinear', 'bicubic', 'lanczos'] as const) {
        expect(new Set(resample(image, 29, 4, kernel).data)).toEqual(new Set([value]));
      }
    }
  });
});
