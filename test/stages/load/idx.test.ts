import {readdirSync} from 'node:fs';
import {gzipSync} from 'node:zlib';
import {describe, expect, it} from 'vitest';
import {sha256} from '../../../src/stages/load/digest.js';
import {openImages} from '../../../src/stages/load/images.js';
import {hasShared, shared} from '../../rig/shared.js';
import {failure, folderOf, loadImages} from './run-stage.js';

/** An IDX file of bytes. */
function idx(dims: readonly number[], bytes: readonly number[]): Buffer {
  const header = Buffer.alloc(4 + 4 * dims.length);
  header.writeUInt32BE(0x0800 + dims.length, 0);
  dims.forEach((d, i) => header.writeUInt32BE(d, 4 + 4 * i));
  return Buffer.concat([header, Buffer.from(bytes)]);
}

const pixels = Array.from({length: 3 * 2 * 4}, (_, i) => i * 10);
const images = idx([3, 2, 4], pixels);
const labels = idx([3], [1, 0, 1]);

/** Loads files of a temporary folder. */
function load(files: Record<string, Uint8Array | string>, params: Record<string, unknown> = {}) {
  const folder = folderOf(files);
  const paths = Object.fromEntries(Object.keys(files).map(f => [f.split('.')[0]!, `${folder}/${f}`]));
  return {folder, result: loadImages('idx', {...paths, ...params})};
}

async function problem(
  files: Record<string, Uint8Array | string>,
  params: Record<string, unknown> = {},
): Promise<string> {
  const {folder, result} = load(files, params);
  return failure(result, folder);
}

describe('load idx', () => {
  it.each([
    ['plain', images, labels],
    ['gzipped', gzipSync(images), gzipSync(labels)],
  ])('reads %s files', async (_, packedImages, packedLabels) => {
    const {samples, origin} = await load({images: packedImages, labels: packedLabels}).result;
    expect(samples.classes).toEqual(['0', '1']);
    const record = (i: number): Uint8Array => Uint8Array.from(pixels.slice(8 * i, 8 * i + 8));
    expect(samples.rows).toEqual(
      [1, 0, 1].map((label, i) => ({
        id: String(i),
        uri: String(i),
        sha256: sha256(record(i)),
        label,
        class: String(label),
        split: null,
        boxes: [],
      })),
    );
    const reader = await openImages(origin);
    const image = await reader.read(samples.rows[2]!);
    reader.close();
    expect({...image, data: [...image.data]}).toEqual({
      width: 4,
      height: 2,
      channels: 1,
      data: [...record(2)],
    });
  });

  it('does without labels, and names classes from a file', async () => {
    const bare = await load({images}).result;
    expect(bare.samples.classes).toEqual([]);
    expect(bare.samples.rows.map(r => r.label)).toEqual([null, null, null]);
    const named = await load({images, labels, 'names.txt': 'shirt\nshoe\nbag\n'}).result;
    expect(named.samples.classes).toEqual(['shirt', 'shoe', 'bag']);
    expect(named.samples.rows.map(r => r.class)).toEqual(['shoe', 'shirt', 'shoe']);
  });

  it('says what is wrong with a file, and where', async () => {
    expect(await failure(loadImages('idx', {images: '/nowhere/images'}))).toBe(
      'E301 /nowhere/images: no such file or folder',
    );
    expect(await problem({images: images.subarray(0, 10)})).toBe(
      'E302 images: truncated header, 10 bytes of 16',
    );
    expect(await problem({images: labels})).toBe('E302 images: truncated header, 11 bytes of 16');
    expect(await problem({images, labels: images})).toBe(
      'E302 labels: magic number 0x00000803 at byte 0, expected 0x00000801 (labels are idx1-ubyte files)',
    );
    expect(await problem({images: images.subarray(0, 35)})).toBe(
      'E302 images: truncated in record 2 of 3: ends at byte 35 of 40',
    );
    expect(await problem({images: Buffer.concat([images, Buffer.from([0])])})).toBe(
      'E302 images: 3 records end at byte 40, but the file has 41',
    );
    expect(await problem({images: gzipSync(images).subarray(0, 30)})).toBe(
      'E302 images: gzip data damaged or truncated (unexpected end of file) (fetch the file again)',
    );
    expect(await problem({images: idx([0, 2, 4], [])})).toBe('E303 images: no images');
    expect(await problem({images, labels: idx([2], [1, 0])})).toBe('E304 labels: 2 labels for 3 images');
    expect(await problem({images, labels, 'names.txt': 'shirt\n'})).toBe(
      'E304 labels: sample 0: label 1, but names.txt names 1 classes',
    );
    expect(await problem({images, labels}, {classes: [5]})).toBe(
      'E306 class 5 (number 5) has no samples (classes with samples: 0, 1)',
    );
  });

  it.skipIf(process.platform !== 'linux')('closes what it opened', async () => {
    const open = (): number => readdirSync('/proc/self/fd').length;
    const before = open();
    const {samples, origin} = await load({images, labels}).result;
    expect(open()).toBe(before);
    const reader = await openImages(origin);
    await reader.read(samples.rows[0]!);
    reader.close();
    expect(open()).toBe(before);
    await problem({images: images.subarray(0, 35)});
    expect(open()).toBe(before);
  });
});

describe.skipIf(!hasShared)('load idx: MNIST', () => {
  const folder = shared('assets/data/mnist');
  const histogram = (rows: readonly {label: number | null}[]): number[] =>
    Array.from({length: 10}, (_, l) => rows.filter(r => r.label === l).length);

  it('has the known counts', async () => {
    const {samples, origin} = await loadImages('idx', {
      images: `${folder}/t10k-images-idx3-ubyte.gz`,
      labels: `${folder}/t10k-labels-idx1-ubyte.gz`,
    });
    expect(histogram(samples.rows)).toEqual([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
    const reader = await openImages(origin);
    const image = await reader.read(samples.rows[0]!);
    reader.close();
    expect([image.width, image.height, image.channels]).toEqual([28, 28, 1]);
  });

  it('takes a balanced sample of the training set', async () => {
    const {samples} = await loadImages('idx', {
      images: `${folder}/train-images-idx3-ubyte.gz`,
      labels: `${folder}/train-labels-idx1-ubyte.gz`,
      sample: {n: 500, by: 'class'},
    });
    expect(histogram(samples.rows)).toEqual(new Array(10).fill(50));
  });
});
