import {describe, expect, it} from 'vitest';
import {sha256} from '../../../src/stages/load/digest.js';
import {openImages} from '../../../src/stages/load/images.js';
import {hasShared, shared} from '../../rig/shared.js';
import {failure, folderOf, loadImages} from './run-stage.js';

/** Red, green and blue planes: red counts up, green is `seed`, blue counts down. */
function planes(seed: number): Buffer {
  const bytes = Buffer.alloc(3072, seed);
  for (let i = 0; i < 1024; i++) {
    bytes[i] = i % 256;
    bytes[2048 + i] = 255 - (i % 256);
  }
  return bytes;
}

const ten = (...labels: number[]): Buffer =>
  Buffer.concat(labels.flatMap(l => [Buffer.from([l]), planes(l)]));
const hundred = (...labels: [coarse: number, fine: number][]): Buffer =>
  Buffer.concat(labels.flatMap(([c, f]) => [Buffer.from([c, f]), planes(f)]));

const meta = 'plane\ncar\nbird\n';
const problem = async (files: Record<string, string | Uint8Array>, params: object = {}): Promise<string> => {
  const path = folderOf(files);
  return failure(loadImages('cifar', {path, ...params}), path);
};

describe('load cifar', () => {
  it('reads the batches of CIFAR-10 in order', async () => {
    const path = folderOf({
      'data_batch_1.bin': ten(2, 0),
      'data_batch_2.bin': ten(1),
      'batches.meta.txt': meta,
    });
    const {samples, origin} = await loadImages('cifar', {path});
    expect(samples.classes).toEqual(['plane', 'car', 'bird']);
    expect(samples.rows.map(r => [r.id, r.label, r.class, r.split])).toEqual([
      ['data_batch_1.bin#0', 2, 'bird', 'train'],
      ['data_batch_1.bin#1', 0, 'plane', 'train'],
      ['data_batch_2.bin#0', 1, 'car', 'train'],
    ]);
    expect(samples.rows[2]!.sha256).toBe(sha256(planes(1)));
    const reader = await openImages(origin);
    const {data, ...size} = await reader.read(samples.rows[2]!);
    reader.close();
    expect(size).toEqual({width: 32, height: 32, channels: 3});
    expect([...data.subarray(0, 6)]).toEqual([0, 1, 255, 1, 1, 254]);
    expect(data).toHaveLength(3072);
  });

  it('reads both labels of CIFAR-100', async () => {
    const files = {
      'test.bin': hundred([1, 0], [0, 2]),
      'fine_label_names.txt': 'apple\nbear\ncloud',
      'coarse_label_names.txt': 'fruit\nlarge\n',
    };
    const path = folderOf(files);
    const fine = await loadImages('cifar', {path, split: 'test'});
    expect(fine.samples.rows.map(r => r.class)).toEqual(['apple', 'cloud']);
    const coarse = await loadImages('cifar', {path, split: 'test', labels: 'coarse'});
    expect(coarse.samples.rows.map(r => r.class)).toEqual(['large', 'fruit']);
    expect(coarse.samples.rows.map(r => r.sha256)).toEqual(fine.samples.rows.map(r => r.sha256));
  });

  it('says what is wrong with the files', async () => {
    const train = {'data_batch_1.bin': ten(0), 'batches.meta.txt': meta};
    expect(await failure(loadImages('cifar', {path: '/nowhere'}))).toBe(
      'E301 /nowhere: no such file or folder',
    );
    expect(await problem({})).toBe(
      'E301 FOLDER: no CIFAR files of the split "train" (data_batch_*.bin, test_batch.bin, train.bin, test.bin)',
    );
    expect(await problem(train, {split: 'test'})).toBe(
      'E301 FOLDER: no CIFAR files of the split "test" (data_batch_*.bin, test_batch.bin, train.bin, test.bin) ' +
        '(the folder has the split "train")',
    );
    expect(await problem({'data_batch_1.bin': ten(0)})).toBe('E301 batches.meta.txt: no such file or folder');
    expect(await problem({...train, 'data_batch_3.bin': ten(0)})).toBe(
      'E301 data_batch_2.bin: no such file (the batches after it are there)',
    );
    expect(await problem({...train, 'data_batch_1.bin': ten(0, 1).subarray(0, 5000)})).toBe(
      'E302 data_batch_1.bin: truncated in record 1: starts at byte 3073, has 1927 bytes of 3073',
    );
    expect(await problem({...train, 'data_batch_1.bin': ten(0, 7)})).toBe(
      'E302 data_batch_1.bin: record 1, byte 3073: label 7, but there are 3 classes',
    );
    expect(await problem(train, {labels: 'coarse'})).toBe(
      'E304 FOLDER: CIFAR-10 has no coarse labels (use "labels: fine")',
    );
    expect(await problem(train, {classes: ['birt']})).toBe(
      'E306 class "birt" is not in the data (did you mean "bird"?)',
    );
  });
});

describe.skipIf(!hasShared)('load cifar: the data sets', () => {
  it('has 100 test images of each class of CIFAR-10', async () => {
    const {samples} = await loadImages('cifar', {
      path: shared('assets/data/cifar-10-batches-bin'),
      split: 'test',
    });
    expect(samples.classes).toEqual('airplane automobile bird cat deer dog frog horse ship truck'.split(' '));
    expect(samples.classes.map((_, l) => samples.rows.filter(r => r.label === l).length)).toEqual(
      new Array(10).fill(100),
    );
  });

  it('has 20 training images of each class of CIFAR-100, five classes to a superclass', async () => {
    const path = shared('assets/data/cifar-100-binary');
    const fine = (await loadImages('cifar', {path})).samples;
    const coarse = (await loadImages('cifar', {path, labels: 'coarse'})).samples;
    expect([fine.classes.length, coarse.classes.length]).toEqual([100, 20]);
    expect(fine.classes.map((_, l) => fine.rows.filter(r => r.label === l).length)).toEqual(
      new Array(100).fill(20),
    );
    const pairs = new Set(fine.rows.map((r, i) => `${coarse.rows[i]!.label!} ${r.label!}`));
    expect(pairs.size).toBe(100);
    expect(fine.rows.find(r => r.class === 'apple')).toBeDefined();
  });
});
