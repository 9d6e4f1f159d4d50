import {readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {afterAll, describe, expect, it} from 'vitest';
import {sha256} from '../../../src/stages/load/digest.js';
import type {LayerSpec} from '../../../src/stages/define.js';
import type {Samples} from '../../../src/stages/ports.js';
import {npy, npz, zip} from '../../rig/npz.js';
import {Workplace} from '../../rig/strata.js';
import {UNTIL_FINITE, context, failure, folderOf, runStage} from './run-stage.js';

const folder = fileURLToPath(new URL('../../fixtures/activations', import.meta.url));
const file = (name: string): string => `${folder}/${name}`;

interface Loaded {
  samples: Samples;
  layers: readonly LayerSpec[];
  /** By layer, all its numbers. */
  data: Record<string, number[]>;
}

async function load(path: string, params: object = {}): Promise<Loaded> {
  const output = await runStage('load/activations', {path, ...params});
  if (output.type !== 'activations') throw new Error('not activations');
  const {layers, batches} = output;
  const samples = output.samples!;
  const data: Record<string, number[]> = Object.fromEntries(layers.map(({name}) => [name, []]));
  for await (const batch of batches) {
    expect(batch).toHaveLength(layers.length);
    batch.forEach((block, i) => {
      const {name, dtype} = layers[i]!;
      expect(block instanceof Float64Array).toBe(dtype === 'float64');
      data[name]!.push(...block);
    });
  }
  for (const {name, rows, tokens, dim} of layers) {
    expect(rows).toBe(samples.rows.length);
    expect(data[name]).toHaveLength(rows * tokens * dim);
  }
  return {samples, layers, data};
}

/** How loading files written here fails. */
async function wrong(content: string | Uint8Array, params: object = {}): Promise<string> {
  const own = folderOf({'x.npz': content});
  return failure(load(`${own}/x.npz`, params), own);
}

/** What tools/golden/activations.py writes. */
const halves = (from: number, to: number): number[] =>
  Array.from({length: to - from}, (_, i) => from + i + 0.5);
const array = (...shape: number[]): Buffer =>
  npy(
    shape,
    Float32Array.from(
      halves(
        0,
        shape.reduce((a, b) => a * b, 1),
      ),
    ),
  );

describe('load activations', () => {
  it.each(['stored.npz', 'compressed.npz'])('reads the layers of %s', async name => {
    const {layers, data} = await load(file(name), {label: 'y'});
    expect(layers).toEqual([
      {name: 'embed', depth: 0, rows: 5, tokens: 2, dim: 3, dtype: 'float32'},
      {name: 'blocks.0', depth: 0.5, rows: 5, tokens: 1, dim: 3, dtype: 'float64'},
      {name: 'blocks.1', depth: 1, rows: 5, tokens: 1, dim: 4, dtype: 'float16'},
    ]);
    expect(data).toEqual({embed: halves(0, 30), 'blocks.0': halves(0, 15), 'blocks.1': halves(0, 20)});
  });

  it('reads arrays whatever they are called: their names are no paths', async () => {
    const names = ['x:y', '../up', '/top', 'C:/a', 'a/../b', '..', 'a b'];
    const own = folderOf({
      'x.npz': npz(Object.fromEntries(names.map((name, i) => [name, npy([2, 1], Float32Array.of(i, -i))]))),
    });
    const {layers, data} = await load(`${own}/x.npz`);
    expect(layers.map(({name}) => name)).toEqual(names);
    expect(data).toEqual(Object.fromEntries(names.map((name, i) => [name, [i, -i]])));
    const {data: chosen} = await load(`${own}/x.npz`, {layers: '../up'});
    expect(Object.keys(chosen)).toEqual(['../up']);
    expect(await wrong(npz({'../up': array(6)}))).toMatch(
      /^E302 x\.npz: \.\.\/up\.npy: an array of shape \(6\)/,
    );
  });

  it('takes labels from an array of numbers or of names, or from a file beside it', async () => {
    const {samples} = await load(file('stored.npz'), {label: 'y'});
    expect(samples.rows.map(r => [r.id, r.uri, r.label])).toEqual(
      [1, 0, 1, 2, 0].map((label, i) => [String(i), String(i), label]),
    );
    expect(samples.classes).toEqual(['0', '1', '2']);
    const named = await load(file('compressed.npz'), {label: 'y'});
    expect(named.samples.rows.map(r => r.class)).toEqual(['oak', 'ash', 'oak', 'elm \u{1f333}', 'ash']);
    const own = folderOf({'l.txt': '1\n1\n0\n0\n1\n', 'names.txt': 'ash\noak\n'});
    const beside = await load(file('stored.npz'), {
      layers: ['embed'],
      labels: `${own}/l.txt`,
      names: `${own}/names.txt`,
    });
    expect(beside.samples.rows.map(r => r.class)).toEqual(['oak', 'oak', 'ash', 'ash', 'oak']);
    const bare = await load(file('stored.npz'), {layers: 'embed'});
    expect([bare.samples.classes, bare.samples.rows[0]!.label]).toEqual([[], null]);
  });

  it('takes the layers asked for, in the order and at the depth that they have in the file', async () => {
    const of = async (layers: string | string[]): Promise<unknown[]> =>
      (await load(file('stored.npz'), {label: 'y', layers})).layers.map(l => [l.name, l.depth]);
    const [embed, first, second] = [
      ['embed', 0],
      ['blocks.0', 0.5],
      ['blocks.1', 1],
    ] as const;
    expect(await of('blocks.*')).toEqual([first, second]);
    expect(await of(['blocks.1', 'embed', '*.1'])).toEqual([embed, second]);
    const own = folderOf({'one.npz': npz({x: array(2, 2)})});
    expect((await load(`${own}/one.npz`)).layers[0]).toMatchObject({name: 'x', depth: 0});
  });

  it('keeps classes and a sample, in order', async () => {
    const kept = await load(file('stored.npz'), {label: 'y', classes: [1, 2]});
    expect(kept.samples.rows.map(r => r.id)).toEqual(['0', '2', '3']);
    expect(kept.data['blocks.0']).toEqual([...halves(0, 3), ...halves(6, 12)]);
    expect(kept.data['embed']).toEqual([...halves(0, 6), ...halves(12, 24)]);
    const drawn = await load(file('stored.npz'), {label: 'y', sample: {n: 3, by: 'class', seed: 2}});
    expect(drawn.samples.rows.map(r => r.label).sort()).toEqual([0, 1, 2]);
    expect(drawn.data['blocks.0']).toEqual(
      drawn.samples.rows.flatMap(({id}) => halves(3 * Number(id), 3 * Number(id) + 3)),
    );
  });

  it('gives a sample the digest of its numbers in all layers taken', async () => {
    const {samples} = await load(file('stored.npz'), {layers: ['embed', 'blocks.0']});
    const [embed, block] = [Float32Array.from(halves(6, 12)), Float64Array.from(halves(3, 6))];
    const bytes = Buffer.concat([Buffer.from(embed.buffer), Buffer.from(block.buffer)]);
    expect(samples.rows[1]!.sha256).toBe(sha256(bytes));
    // As the matrix source does for the same numbers.
    const own = folderOf({'x.npy': array(3, 2), 'x.npz': npz({input: array(3, 2)})});
    const matrix = await runStage('load/matrix', {path: `${own}/x.npy`});
    if (matrix.type !== 'activations') throw new Error('not activations');
    expect((await load(`${own}/x.npz`)).samples).toEqual(matrix.samples);
  });
});

describe('load activations of more than a block', () => {
  const [rows, dim] = [5000, 256];
  const large = (): string => {
    const values = Float32Array.from({length: rows * dim}, (_, i) => i % 1009);
    return `${folderOf({'x.npz': npz({a: npy([rows, dim], values), b: npy([rows, 2, dim / 2], values)})})}/x.npz`;
  };

  it('reads layers side by side', async () => {
    const output = await runStage('load/activations', {
      path: large(),
      sample: {n: 4000, by: 'none', seed: 0},
    });
    if (output.type !== 'activations') throw new Error('not activations');
    const kept = output.samples!.rows.map(r => Number(r.id));
    const sizes: number[] = [];
    let at = 0;
    for await (const [a, b] of output.batches) {
      sizes.push(a!.length);
      expect(Buffer.compare(new Uint8Array(a!.buffer), new Uint8Array(b!.buffer))).toBe(0);
      for (let i = 0; i < a!.length; i += dim, at++)
        if (a![i] !== (kept[at]! * dim) % 1009) throw new Error(`sample ${at} is another`);
    }
    expect([at, sizes.length]).toEqual([4000, 2]);
  });

  it('stops between blocks', async () => {
    const stop = new AbortController();
    const path = large();
    const output = await runStage('load/activations', {path}, context(0, stop.signal));
    if (output.type !== 'activations') throw new Error('not activations');
    let batches = 0;
    await expect(async () => {
      for await (const {length} of output.batches) {
        expect(length).toBe(2);
        batches++;
        stop.abort(new Error('enough'));
      }
    }).rejects.toThrow('enough');
    expect(batches).toBe(1);
    const stopped = context(0, AbortSignal.abort(new Error('at once')));
    await expect(runStage('load/activations', {path}, stopped)).rejects.toThrow('at once');
  });
});

describe('load activations says what is wrong', () => {
  it('with the archive', async () => {
    const stored = readFileSync(file('stored.npz'));
    expect(await failure(load(file('nothing.npz')), folder)).toBe('E301 nothing.npz: no such file or folder');
    expect(await failure(load(folder), folder)).toMatch(/^E301 FOLDER: EISDIR/);
    const noZip =
      /^E302 x\.npz: cannot be read as NPZ \(End of central directory record signature not found.*\) \(write it by numpy\.savez\)$/;
    expect(await wrong('')).toMatch(noZip);
    expect(await wrong(array(2, 2))).toMatch(noZip);
    expect(await wrong(stored.subarray(0, 900))).toMatch(noZip);
    expect(await wrong(zip([['data.pkl', array(2, 2)]]))).toBe(
      'E302 x.npz: a zip file without arrays (.npy) (write it by numpy.savez)',
    );
    expect(
      await wrong(
        zip([
          ['a.npy', array(2, 2)],
          ['a.npy', array(2, 2)],
        ]),
      ),
    ).toBe('E302 x.npz: a.npy is there twice');
  });

  /** The archive with a bit of a byte changed: the one so far after some text. */
  const damaged = (text: string, after: number): Buffer => {
    const bytes = readFileSync(file('stored.npz'));
    const at = bytes.indexOf(text, 0, 'latin1') + after;
    bytes[at] = bytes[at]! ^ 0x10;
    return bytes;
  };

  it('with the bytes of an array', async () => {
    const stored = (text: string, after: number): Promise<string> =>
      wrong(damaged(text, after), {label: 'y'});
    // In the first values, the name of the format, and the method of compression in the directory.
    expect(await stored('NUMPY', 140)).toBe(
      'E302 x.npz: embed.npy: damaged: its bytes do not have the checksum that the archive gives',
    );
    expect(await stored('NUMPY', 0)).toBe(
      'E302 x.npz: embed.npy: not an NPY file: no magic "\\x93NUMPY" at byte 0',
    );
    expect(await stored('PK\x01\x02', 10)).toBe(
      'E302 x.npz: embed.npy: cannot be read as NPZ (unsupported compression method: 16) (write it by numpy.savez)',
    );
    expect(await stored('PK\x03\x04', 0)).toMatch(
      /^E302 x\.npz: embed\.npy: cannot be read as NPZ \(invalid local file header signature/,
    );
    const packed = readFileSync(file('compressed.npz'));
    // Every byte of the first array as it is packed.
    const from = packed.indexOf('PK\x03\x04', 4, 'latin1') + 30 + 'embed.npy'.length + 20;
    const to = packed.indexOf('PK\x03\x04', from, 'latin1');
    const name = packed.indexOf('embed.npy');
    expect(name).toBeLessThan(from);
    for (let at = from; at < to; at += 7) {
      const bytes = Buffer.from(packed);
      bytes[at] = bytes[at]! ^ 0x55;
      expect(await wrong(bytes, {label: 'y'}), `byte ${at}`).toMatch(/^E302 x\.npz: embed\.npy: /);
    }
  });

  it('with a layer', async () => {
    const y = npy([2], Int32Array.of(0, 1));
    const values = Float32Array.from(halves(0, 6));
    expect(await wrong(npz({a: npy([2, 3], values, {descr: '>f4'})}))).toBe(
      'E302 x.npz: a.npy: values of type ">f4" cannot be read (save float32, float64 or integers, little-endian)',
    );
    expect(await wrong(npz({a: npy([2, 3], values, {descr: '<U1'})}))).toMatch(
      /^E302 x\.npz: a\.npy: values of type "<U1" cannot be read/,
    );
    expect(await wrong(npz({a: npy([2, 3], values, {descr: '|O'})}))).toMatch(
      /^E302 x\.npz: a\.npy: values of type "\|O" cannot be read/,
    );
    expect(await wrong(npz({a: npy([2, 3], values, {fortran: true})}))).toBe(
      'E302 x.npz: a.npy: stored column by column (Fortran order), so that no sample is in one piece ' +
        '(save numpy.ascontiguousarray(x))',
    );
    expect(await wrong(npz({a: array(2, 3), b: array(6)}))).toBe(
      'E302 x.npz: b.npy: an array of shape (6), expected (samples, dim) or (samples, tokens, dim) ' +
        '(name the layers in "layers", and the array of labels in "label")',
    );
    expect(await wrong(npz({a: array(1, 2, 3, 1)}))).toMatch(
      /^E302 x\.npz: a\.npy: an array of shape \(1, 2, 3, 1\), expected \(samples, dim\)/,
    );
    expect(await wrong(npz({a: array(0, 3)}))).toBe('E303 x.npz: a.npy: no samples');
    expect(await wrong(npz({a: array(2, 0, 3)}))).toBe(
      'E302 x.npz: a.npy: an array of shape (2, 0, 3) has no numbers',
    );
    expect(await wrong(npz({a: array(2, 3), b: array(3, 3)}))).toBe(
      'E302 x.npz: b.npy has 3 samples, a.npy has 2 (name those that belong together in "layers")',
    );
    expect(await wrong(npz({a: npy([9, 3], values)}))).toBe(
      'E302 x.npz: a.npy: truncated in row 2: 9 x 3 values of 4 bytes end at byte 236, the file at 152',
    );
    values[4] = NaN;
    expect(await wrong(npz({a: array(2, 3), b: npy([2, 3], values)}))).toBe(
      `E305 x.npz: b.npy: row 1, column 1 (byte 144): NaN is not finite ${UNTIL_FINITE}`,
    );
    expect(await wrong(npz({b: npy([2, 3, 1], values)}))).toBe(
      `E305 x.npz: b.npy: row 1, token 1, column 0 (byte 144): NaN is not finite ${UNTIL_FINITE}`,
    );
    // Also where it is in a row that is not kept.
    expect(await wrong(npz({b: npy([2, 3], values), y}), {label: 'y', classes: [0]})).toMatch(/^E305/);
    expect(await wrong(npz({y}), {label: 'y'})).toBe('E302 x.npz: no array but the labels');
  });

  it('with what is asked for', async () => {
    const content = npz({'blocks.0': array(2, 3), y: npy([2], Int32Array.of(0, 1)), z: array(2, 1)});
    expect(await wrong(content, {label: 'y', layers: ['block.0']})).toBe(
      'E403 no layer matches "block.0" in x.npz (did you mean "blocks.0"?)',
    );
    expect(await wrong(content, {label: 'y', layers: 'y'})).toBe(
      'E403 no layer matches "y" in x.npz (there are: blocks.0, z)',
    );
    expect(await wrong(content, {label: 'x.y'})).toBe(
      'E304 x.npz: no array "x.y" of labels (there are: blocks.0, y, z)',
    );
    expect(await wrong(content, {label: 'z'})).toMatch(/^E302 x\.npz: y\.npy: an array of shape \(2\)/);
    expect(await wrong(content, {label: 'z', layers: 'blocks.*'})).toBe(
      'E304 x.npz: z.npy: labels of shape (2, 1), expected one axis',
    );
    expect(await wrong(npz({a: array(3, 2), y: npy([2], Int32Array.of(0, 1))}), {label: 'y'})).toBe(
      'E304 x.npz: y.npy: 2 labels for 3 rows',
    );
    expect(await wrong(npz({a: array(2, 2), y: npy([2], Float64Array.of(0, 0.5))}), {label: 'y'})).toBe(
      'E304 x.npz: y.npy: row 1: label 0.5 is not a class',
    );
    expect(await wrong(content, {label: 'y', labels: 'l.txt'})).toBe(
      'E304 labels are given twice, by "label" and by "labels" (leave one of them out)',
    );
    expect(await wrong(content, {layers: 'blocks.*', sample: {n: 3}})).toBe(
      'E306 sample of 3: there are only 2 samples',
    );
  });
});

describe('layers that were extracted elsewhere', () => {
  const place = new Workplace();
  afterAll(() => place.remove());

  it('run again when their file changes, and say so', async () => {
    const values = Float64Array.from({length: 120}, (_, i) => (i * 37) % 101);
    const write = (last: number): void => {
      place.write(
        'x.npz',
        npz({
          a: npy([20, 3], values.subarray(0, 60)),
          b: npy([20, 3], values.fill(last, 119, 120).subarray(60)),
        }),
      );
    };
    place.write(
      'a.yaml',
      `strata: 1
name: elsewhere
stages:
  hidden: {stage: load, source: activations, path: x.npz}
  spread: {stage: metric, metric: anisotropy, from: hidden}
`,
    );
    write(1);
    expect((await place.run('a.yaml')).units).toEqual(['spread/a', 'spread/b']);
    expect((await place.run('a.yaml')).reasons).toEqual({});
    write(2);
    const {stdout} = await place.strata('explain', 'a.yaml', 'hidden');
    expect(stdout).toMatch(/^params\.path +[0-9a-f]{12} +[0-9a-f]{12}$/m);
    const again = await place.run('a.yaml');
    expect(again.reasons['hidden']).toBe('params.path: file changed');
    // The other layer is the same, and so is what was measured of it.
    expect(again.units).toEqual(['spread/b']);
  });
});
