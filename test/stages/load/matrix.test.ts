import {readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {describe, expect, it} from 'vitest';
import {sha256} from '../../../src/stages/load/digest.js';
import type {FloatArray, Samples} from '../../../src/stages/ports.js';
import {npy} from '../../rig/npz.js';
import {UNTIL_FINITE, context, failure, folderOf, runStage} from './run-stage.js';

const folder = fileURLToPath(new URL('../../fixtures/matrix', import.meta.url));
const file = (name: string): string => `${folder}/${name}`;

interface Loaded {
  samples: Samples;
  rows: number;
  dim: number;
  dtype: string;
  data: number[][];
}

async function load(path: string, params: object = {}): Promise<Loaded> {
  const output = await runStage('load/matrix', {path, ...params});
  if (output.type !== 'activations') throw new Error('not activations');
  const [layer, ...others] = output.layers;
  expect(others).toEqual([]);
  expect(layer).toMatchObject({name: 'input', depth: 0, tokens: 1});
  const {rows, dim, dtype} = layer!;
  const blocks: FloatArray[] = [];
  for await (const [block] of output.batches) blocks.push(block!);
  expect(blocks.every(b => b instanceof (dtype === 'float32' ? Float32Array : Float64Array))).toBe(true);
  const flat = blocks.flatMap(b => [...b]);
  const data = Array.from({length: rows}, (_, i) => flat.slice(i * dim, (i + 1) * dim));
  expect(flat).toHaveLength(rows * dim);
  expect(output.samples!.rows).toHaveLength(rows);
  return {samples: output.samples!, rows, dim, dtype, data};
}

const problem = (name: string, params: object = {}): Promise<string> =>
  failure(load(file(name), params), folder);
/** The same for a file written here. */
const wrong = (name: string, content: string | Uint8Array, params: object = {}): Promise<string> => {
  const own = folderOf({[name]: content});
  return failure(load(`${own}/${name}`, params), own);
};
const text = (content: string, params: object = {}): Promise<Loaded> =>
  load(`${folderOf({'x.csv': content})}/x.csv`, params);

/** What tools/golden/matrix.py writes. */
const expected = (half: number): number[][] =>
  [1, 2, 3, 4, 5].map(i => [0, 1, 2].map(j => i * 10 + j + half));

describe('load matrix: NPY', () => {
  it.each([
    ['float64.npy', 'float64', 0.5],
    ['float32.npy', 'float32', 0.5],
    ['float16.npy', 'float32', 0.5],
    ['uint8.npy', 'float64', 0],
    ['int16.npy', 'float64', 0],
    ['int64.npy', 'float64', 0],
    ['fortran.npy', 'float64', 0.5],
  ])('reads %s as %s', async (name, dtype, half) => {
    const loaded = await load(file(name));
    expect(loaded.dtype).toBe(dtype);
    expect(loaded.data).toEqual(expected(half));
  });

  it('makes rows of all axes but the first', async () => {
    const {data} = await load(file('cube.npy'));
    expect(data).toEqual([0, 12].map(from => Array.from({length: 12}, (_, i) => from + i)));
  });

  it('takes labels from a file beside it', async () => {
    const {samples} = await load(file('float32.npy'), {labels: file('labels.npy')});
    expect(samples.rows.map(r => r.label)).toEqual([1, 0, 1, 2, 0]);
    expect(samples.classes).toEqual(['0', '1', '2']);
    const texts = await load(file('float32.npy'), {labels: file('strings.npy')});
    expect(texts.samples.rows.map(r => r.class)).toEqual(['b', 'a', 'b', 'c', 'a']);
    const words = folderOf({'l.txt': 'b\na\nb\nc\na\n'});
    const named = await load(file('float32.npy'), {labels: `${words}/l.txt`});
    expect(named.samples.rows.map(r => r.class)).toEqual(['b', 'a', 'b', 'c', 'a']);
  });

  it('says what is wrong', async () => {
    const whole = readFileSync(file('float64.npy'));
    expect(await problem('nothing.npy')).toBe('E301 nothing.npy: no such file or folder');
    expect(await wrong('x.npy', 'hello, world!')).toBe(
      'E302 x.npy: not an NPY file: no magic "\\x93NUMPY" at byte 0',
    );
    expect(await wrong('x.npy', whole.subarray(0, 60))).toBe(
      'E302 x.npy: truncated header: 128 bytes, the file has 60',
    );
    expect(await wrong('x.npy', whole.subarray(0, 200))).toBe(
      'E302 x.npy: truncated in row 3: 5 x 3 values of 8 bytes end at byte 248, the file at 200',
    );
    expect(await wrong('x.npy', Buffer.concat([whole, whole]))).toBe(
      'E302 x.npy: longer than its header says: 5 x 3 values of 8 bytes end at byte 248, the file at 496',
    );
    expect(await problem('big-endian.npy')).toBe(
      'E302 big-endian.npy: values of type ">f8" cannot be read (save float32, float64 or integers, little-endian)',
    );
    expect(await problem('strings.npy')).toMatch(/^E302 strings\.npy: values of type "<U1" cannot be read/);
    expect(await problem('flat.npy')).toBe(
      'E302 flat.npy: an array of shape (15), expected rows and columns',
    );
    const infinite = `Infinity is not finite ${UNTIL_FINITE}`;
    expect(await problem('infinite.npy')).toBe(`E305 infinite.npy: row 3, column 1 (byte 208): ${infinite}`);
    const at = (index: number): Float64Array => {
      const numbers = new Float64Array(24);
      numbers[index] = Infinity;
      return numbers;
    };
    // Element [1, 2, 3] in both orders, and one of more axes than rows, tokens and columns.
    expect(await wrong('x.npy', npy([2, 3, 4], at(23)))).toBe(
      `E305 x.npy: row 1, token 2, column 3 (byte 312): ${infinite}`,
    );
    expect(await wrong('x.npy', npy([2, 3, 4], at(14)))).toBe(
      `E305 x.npy: row 1, token 0, column 2 (byte 240): ${infinite}`,
    );
    expect(await wrong('x.npy', npy([2, 3, 4], at(13), {fortran: true}))).toBe(
      `E305 x.npy: row 1, token 0, column 2 (byte 232): ${infinite}`,
    );
    expect(await wrong('x.npy', npy([2, 3, 2, 2], at(14)))).toBe(
      `E305 x.npy: [1, 0, 1, 0] (byte 240): ${infinite}`,
    );
    expect(await problem('float64.npy', {label: 0})).toBe(
      'E304 float64.npy: an NPY file has no column of labels (give a file in "labels")',
    );
    expect(await problem('cube.npy', {labels: file('labels.npy')})).toBe(
      'E304 labels.npy: 5 labels for 2 rows',
    );
    expect(await problem('float64.npy', {labels: file('fortran.npy')})).toBe(
      'E304 fortran.npy: labels of shape (5, 3), expected one axis',
    );
    expect(await problem('float64.npy', {labels: file('labels.npy'), label: 1})).toBe(
      'E304 labels are given twice, by "label" and by "labels" (leave one of them out)',
    );
  });
});

describe('load matrix: Arrow and Parquet', () => {
  it.each([
    ['vectors.arrow', 'float32', {label: 'word'}],
    ['half.arrow', 'float32', {label: 'word'}],
    ['vectors.parquet', 'float32', {label: 1}],
    ['gzip.parquet', 'float64', {label: 'word', column: 'v'}],
  ])('reads the column of vectors of %s', async (name, dtype, params) => {
    const loaded = await load(file(name), params);
    expect(loaded.dtype).toBe(dtype);
    expect(loaded.data).toEqual(expected(0.5));
    expect(loaded.samples.rows.map(r => r.class)).toEqual(['b', 'a', 'b', 'c', 'a']);
  });

  it.each(['columns.arrow', 'columns.parquet'])('reads one column per feature of %s', async name => {
    const {data, samples, dtype} = await load(file(name), {label: 'code'});
    expect(data).toEqual(expected(0.5));
    expect(dtype).toBe('float64');
    expect(samples.rows.map(r => r.label)).toEqual([1, 0, 1, 2, 0]);
  });

  it('says what is wrong', async () => {
    const whole = readFileSync(file('vectors.arrow'));
    expect(await wrong('x.arrow', whole.subarray(0, 900))).toBe(
      'E302 x.arrow: truncated, or not an Arrow IPC file: no "ARROW1" at its start and end (byte 900)',
    );
    expect(await problem('stream.arrow')).toMatch(/^E302 stream\.arrow: truncated, or not an Arrow IPC file/);
    expect(await problem('lz4.arrow')).toMatch(
      /^E302 lz4\.arrow: cannot be read as Arrow IPC \(.*\) \(write it uncompressed\)$/,
    );
    expect(await problem('null.arrow')).toBe('E305 null.arrow: row 1, column x: no value');
    expect(await problem('two-vectors.arrow')).toBe(
      'E302 two-vectors.arrow: several columns of vectors: v, w (name one in "column")',
    );
    expect(await problem('columns.arrow', {label: 'cod'})).toBe(
      'E304 columns.arrow: no column cod (did you mean "code"?)',
    );
    expect(await problem('columns.arrow', {column: 'x'})).toBe(
      'E302 columns.arrow: column x does not hold vectors',
    );
    expect(await problem('ragged.parquet')).toBe(
      'E302 ragged.parquet: row 1, column v: 1 values, expected 2',
    );
    expect(await problem('zstd.parquet')).toMatch(
      /^E302 zstd\.parquet: cannot be read as Parquet \(.*ZSTD\) \(uncompressed, snappy and gzip can be read\)$/,
    );
    expect(await wrong('x.parquet', readFileSync(file('vectors.parquet')).subarray(0, 300))).toMatch(
      /^E302 x\.parquet: cannot be read as Parquet/,
    );
    expect(await problem('vectors.arrow', {column: 'word'})).toBe(
      'E302 vectors.arrow: column word does not hold vectors',
    );
    expect(await problem('words.parquet')).toBe(
      'E302 words.parquet: row 0, column word: "b" is not a number (name the column of labels in "label")',
    );
  });
});

describe('load matrix: CSV', () => {
  it('reads numbers in float64, with a header', async () => {
    const {data, dtype, samples} = await text('a,b\n1,2.5\n-3e-2,.5\n');
    expect(data).toEqual([
      [1, 2.5],
      [-0.03, 0.5],
    ]);
    expect(dtype).toBe('float64');
    const bytes = new Uint8Array(Float64Array.of(-0.03, 0.5).buffer);
    expect(samples.rows[1]).toEqual({
      id: '1',
      uri: '1',
      sha256: sha256(bytes),
      label: null,
      class: null,
      split: null,
      boxes: [],
    });
  });

  it('reads without a header, with other delimiters, line ends and a byte order mark', async () => {
    const {data, samples} = await text('\ufeff1; 2 ;x\r\n\r\n3;4;y', {
      header: false,
      delimiter: ';',
      label: 2,
    });
    expect(data).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(samples.rows.map(r => r.class)).toEqual(['x', 'y']);
  });

  it('reads quoted fields', async () => {
    const {samples, data} = await text('x,"the ""label"""\n"1","two\nlines"\n2,b\n', {label: 'the "label"'});
    expect(samples.classes).toEqual(['b', 'two\nlines']);
    expect(data).toEqual([[1], [2]]);
  });

  it('says where a value is wrong', async () => {
    const at = (content: string, params: object = {}): Promise<string> => wrong('x.csv', content, params);
    expect(await at('a,b\n1,2\n3,four\n')).toBe(
      'E302 x.csv: row 1 (line 3, byte 8), column b: "four" is not a number ' +
        '(if it belongs to a header or to labels, set "header: true" or "label")',
    );
    expect(await at('a,b\n1,\n')).toBe('E305 x.csv: row 0 (line 2, byte 4), column b: no value');
    expect(await at('a,b\n1,NaN\n')).toBe('E305 x.csv: row 0 (line 2, byte 4), column b: NaN is not finite');
    expect(await at('a,b\n1,-inf\n')).toBe(
      'E305 x.csv: row 0 (line 2, byte 4), column b: -inf is not finite',
    );
    expect(await at('a\n1e999\n')).toBe('E305 x.csv: row 0 (line 2, byte 2), column a: 1e999 is not finite');
    expect(await at('a\n0x10\n')).toMatch(
      /^E302 x\.csv: row 0 \(line 2, byte 2\), column a: "0x10" is not a number/,
    );
    expect(await at('a,b\n1,2\n3\n')).toBe(
      'E302 x.csv: row 1 (line 3, byte 8): 1 fields, expected 2 (is the delimiter right?)',
    );
    expect(await at('a,b\n')).toBe('E303 x.csv: no rows');
    expect(await at('a\n1\n', {label: 'a'})).toBe('E302 x.csv: no column but the labels');
    expect(await at('a,b\n1,2\n', {label: 'c'})).toBe('E304 x.csv: no column c (there are: a, b)');
    expect(await at('a,b\n1,\n', {label: 'b'})).toBe('E304 x.csv: row 0: label is missing');
    expect(await at('a,b\n1,"2\n')).toBe('E302 x.csv: line 2, byte 4: a quote is not closed');
    expect(await at('a,b\n1,"2"3\n')).toBe('E302 x.csv: line 2: text after the closing quote of field 2');
    expect(await at('a,b\n1,2"3"\n')).toBe('E302 x.csv: line 2: a quote within field 2');
    expect(await wrong('x.xls', '')).toMatch(/^E302 x\.xls: unknown format "\.xls"/);
    expect(await wrong('x.npz', '')).toBe(
      'E302 x.npz: unknown format ".npz" (the arrays of an NPZ file are layers: load it with source: activations)',
    );
  });
});

describe('load matrix: selection', () => {
  const many = `x,y\n${Array.from({length: 10_000}, (_, i) => `${i},${i % 4}`).join('\n')}\n`;

  it('keeps rows of classes and a sample, in order', async () => {
    const {data, samples} = await text(many, {
      label: 'y',
      classes: [1, 3],
      sample: {n: 10, by: 'class', seed: 1},
    });
    expect(data).toHaveLength(10);
    expect(data.map(r => r[0]! % 2)).toEqual(new Array(10).fill(1));
    expect(samples.rows.map(r => Number(r.id))).toEqual(data.map(r => r[0]));
    expect(samples.rows.map(r => r.label)).toEqual(data.map(r => r[0]! % 4));
    expect(samples.rows.filter(r => r.label === 1)).toHaveLength(5);
  });

  it('gives large matrices in blocks and stops between them', async () => {
    const stop = new AbortController();
    const path = `${folderOf({'x.csv': many})}/x.csv`;
    const output = await runStage('load/matrix', {path}, context(0, stop.signal));
    if (output.type !== 'activations') throw new Error('not activations');
    const sizes: number[] = [];
    await expect(async () => {
      for await (const [block] of output.batches) {
        sizes.push(block!.length);
        stop.abort(new Error('enough'));
      }
    }).rejects.toThrow('enough');
    expect(sizes).toEqual([4096 * 2]);
  });
});
