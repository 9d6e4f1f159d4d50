import {mkdtempSync, readFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {readNeighbors, readSubsets, writeNeighbors, writeSubsets} from '../../src/store/codecs/indices.js';
import {readSamples, samplesDigest, writeSamples} from '../../src/store/codecs/samples.js';
import {readTable, tableDigest, writeTable} from '../../src/store/codecs/table.js';
import {VectorWriter, openLayer} from '../../src/store/codecs/vectors.js';
import {hashFile} from '../../src/store/store.js';

const folder = mkdtempSync(join(tmpdir(), 'strata-codecs-'));

const SAMPLES = {
  classes: ['cat', 'dog'],
  rows: [
    {
      id: 'a',
      uri: 'a.png',
      sha256: 'aa',
      label: 1,
      class: 'dog',
      split: 'train',
      boxes: [{x0: 1, y0: 2, x1: 3.5, y1: 4}],
    },
    {id: 'ü', uri: 'b.png', sha256: 'bb', label: null, class: null, split: null, boxes: []},
    {
      id: 'c',
      uri: 'c.png',
      sha256: 'cc',
      label: 0,
      class: 'cat',
      split: 'test',
      boxes: [
        {x0: 0, y0: 0, x1: 1, y1: 1},
        {x0: 2, y0: 2, x1: 3, y1: 3},
      ],
    },
  ],
};

test('a sample table comes back as it was, and equal tables have equal bytes', async () => {
  const hash = await writeSamples(join(folder, 'samples'), SAMPLES);
  expect(await readSamples(join(folder, 'samples'))).toEqual(SAMPLES);
  expect(hash).toBe(hashFile(join(folder, 'samples')));
  expect(await writeSamples(join(folder, 'again'), SAMPLES)).toBe(hash);
  expect(samplesDigest({...SAMPLES, classes: ['dog', 'cat']})).not.toBe(samplesDigest(SAMPLES));
});

test.each(['float32', 'float64', 'float16'] as const)(
  'vectors of %s come back, however they are cut',
  async dtype => {
    const rows = 3001;
    const dim = 700;
    const info = {name: 'x', depth: 0, rows, tokens: 1, dim, dtype};
    const values = Float32Array.from({length: rows * dim}, (_, i) => ((i * 2654435761) % 1000) / 8 - 60);
    const write = async (file: string, step: number): Promise<{digest: string; hash: string}> => {
      const writer = await VectorWriter.open(file, info);
      for (let i = 0; i < values.length; i += step * dim) writer.write(values.subarray(i, i + step * dim));
      return writer.close();
    };
    const one = await write(join(folder, 'one'), 32);
    const two = await write(join(folder, 'two'), 1000);
    expect(one.digest).toBe(two.digest);
    expect(one.hash).toBe(hashFile(join(folder, 'one')));
    const layer = openLayer(join(folder, 'one'), {...info, index: 0});
    const matrix = await layer.matrix();
    expect(Buffer.from(Float32Array.from(matrix.data).buffer).equals(Buffer.from(values.buffer))).toBe(true);
    let next = 0;
    for await (const block of layer.blocks()) {
      expect(block.start).toBe(next);
      expect(block.data.length).toBe(block.count * dim);
      next += block.count;
    }
    expect(next).toBe(rows);
  },
);

test('a writer that is given too little says so', async () => {
  const writer = await VectorWriter.open(join(folder, 'short'), {
    name: 'x',
    depth: 0,
    rows: 3,
    tokens: 1,
    dim: 2,
    dtype: 'float32',
  });
  writer.write(new Float32Array(4));
  expect(() => writer.close()).toThrow('layer x: 4 numbers written, 6 declared');
});

test('subsets and neighbour tables come back', async () => {
  const subsets = [
    {id: 'full', fraction: 1, repeat: 0, indices: Int32Array.of(0, 1, 2, 3)},
    {id: '0.5/1', fraction: 0.5, repeat: 1, indices: Int32Array.of(1, 3)},
  ];
  await writeSubsets(join(folder, 'subsets'), subsets);
  expect(await readSubsets(join(folder, 'subsets'))).toEqual(subsets);
  const table = {
    n: 3,
    k: 2,
    indices: Int32Array.of(1, 2, 0, 2, 1, 0),
    distances: Float64Array.of(1, 2, 1, 3, 2, 3),
  };
  await writeNeighbors(join(folder, 'neighbors'), table);
  expect(await readNeighbors(join(folder, 'neighbors'), 3, 2)).toEqual(table);
});

const COLUMNS = [
  {name: 'layer', type: 'string', description: ''},
  {name: 'n', type: 'int', description: ''},
  {name: 'value', type: 'float', description: ''},
  {name: 'ok', type: 'bool', description: ''},
] as const;
const ROWS = [
  {layer: 'blocks.0', n: 9007199254740991, value: 0.1 + 0.2, ok: true},
  {layer: 'ß', n: -1, value: null, ok: false},
  {layer: null, n: null, value: 5e-324, ok: null},
];

test('a table comes back exactly, and its bytes are reproducible', async () => {
  await writeTable(join(folder, 't1.parquet'), COLUMNS, ROWS);
  await writeTable(join(folder, 't2.parquet'), COLUMNS, ROWS);
  expect(await readTable(join(folder, 't1.parquet'), COLUMNS)).toEqual(ROWS);
  expect(readFileSync(join(folder, 't1.parquet')).equals(readFileSync(join(folder, 't2.parquet')))).toBe(
    true,
  );
});

test('DuckDB reads a table with the right types', async () => {
  const {DuckDBInstance} = await import('@duckdb/node-api');
  await writeTable(join(folder, 'duck.parquet'), COLUMNS, ROWS);
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  const result = await connection.runAndReadAll(`select * from '${join(folder, 'duck.parquet')}'`);
  expect(result.columnNames()).toEqual(['layer', 'n', 'value', 'ok']);
  expect(result.columnTypes().map(String)).toEqual(['VARCHAR', 'BIGINT', 'DOUBLE', 'BOOLEAN']);
  expect(result.getRows()).toEqual([
    ['blocks.0', 9007199254740991n, 0.1 + 0.2, true],
    ['ß', -1n, null, false],
    [null, null, 5e-324, null],
  ]);
  connection.closeSync();
});

test('a table refuses what Parquet would lose', async () => {
  const write = (row: object): Promise<string> =>
    writeTable(join(folder, 'bad.parquet'), COLUMNS, [row as never]);
  await expect(write({n: 1.5})).rejects.toThrow('row 0: column "n" is int, the value is 1.5');
  await expect(write({value: NaN})).rejects.toThrow('row 0: column "value" is float, the value is NaN');
  await expect(write({layr: 'x'})).rejects.toThrow('row 0: no column "layr"');
  expect(() => tableDigest(COLUMNS, [{ok: 'yes'}])).toThrow('row 0: column "ok" is bool, the value is yes');
});
