import {createHash} from 'node:crypto';
import type {NeighborTable} from '../../stages/define.js';
import type {Subset} from '../../stages/ports.js';
import {canonicalDigest, encode} from '../canonical.js';
import {readArrow, writeArrow} from './arrow.js';

const bytesOf = (a: ArrayBufferView): Uint8Array => new Uint8Array(a.buffer, a.byteOffset, a.byteLength);
const sha256 = (head: string, ...arrays: ArrayBufferView[]): string => {
  const hash = createHash('sha256').update(encode([head, ...arrays.map(a => a.byteLength)]));
  for (const array of arrays) hash.update(bytesOf(array));
  return hash.digest('hex');
};

/** Digest of what a list of subsets says. */
export function subsetsDigest(subsets: readonly Subset[]): string {
  return canonicalDigest(
    'subsets',
    subsets.map(s => [s.id, s.fraction, s.repeat, sha256('indices', s.indices)]),
  );
}

/** Writes subsets as Arrow: one row per subset with its row numbers as a list. */
export async function writeSubsets(file: string, subsets: readonly Subset[]): Promise<string> {
  const {Field, Float64, Int32, List, Table, Utf8, vectorFromArray} = await import('#apache-arrow');
  const table = new Table({
    subset: vectorFromArray(
      subsets.map(s => s.id),
      new Utf8(),
    ),
    fraction: vectorFromArray(
      subsets.map(s => s.fraction),
      new Float64(),
    ),
    repeat: vectorFromArray(
      subsets.map(s => s.repeat),
      new Int32(),
    ),
    indices: vectorFromArray(
      subsets.map(s => Array.from(s.indices)),
      new List(new Field('index', new Int32())),
    ),
  });
  return writeArrow(file, table as never);
}

export async function readSubsets(file: string): Promise<Subset[]> {
  const subsets: Subset[] = [];
  for await (const batch of readArrow(file)) {
    for (const row of batch) {
      const {subset, fraction, repeat, indices} = row.toJSON() as {
        subset: string;
        fraction: number;
        repeat: number;
        indices: {toArray(): Int32Array};
      };
      subsets.push({id: subset, fraction, repeat, indices: indices.toArray().slice()});
    }
  }
  return subsets;
}

export function neighborsDigest({n, k, indices, distances}: NeighborTable): string {
  return canonicalDigest('neighbors', [n, k, sha256('neighbors', indices, distances)]);
}

/** Writes a neighbour table as Arrow: columns `indices` (int32) and `distances` (float64), k numbers a row, nearest first. */
export async function writeNeighbors(
  file: string,
  {n, k, indices, distances}: NeighborTable,
): Promise<string> {
  const {Field, FixedSizeList, Float64, Int32, makeData, RecordBatch, Schema, Struct, Table} =
    await import('#apache-arrow');
  const lists = [
    {
      name: 'indices',
      type: new FixedSizeList(k, new Field('value', new Int32() as never)),
      value: new Int32(),
      data: indices,
    },
    {
      name: 'distances',
      type: new FixedSizeList(k, new Field('value', new Float64() as never)),
      value: new Float64(),
      data: distances,
    },
  ];
  const schema = new Schema(lists.map(l => new Field(l.name, l.type)));
  const children = lists.map(l =>
    makeData({
      type: l.type,
      length: n,
      nullCount: 0,
      child: makeData({type: l.value, length: n * k, nullCount: 0, data: l.data} as never),
    } as never),
  );
  const data = makeData({
    type: new Struct(schema.fields as never),
    length: n,
    nullCount: 0,
    children,
  } as never);
  return writeArrow(
    file,
    new Table(schema as never, [new RecordBatch(schema as never, data as never)]) as never,
  );
}

export async function readNeighbors(file: string, n: number, k: number): Promise<NeighborTable> {
  const indices = new Int32Array(n * k);
  const distances = new Float64Array(n * k);
  let start = 0;
  for await (const batch of readArrow(file)) {
    const [i, d] = batch.data.children;
    indices.set(i!.children[0]!.values as Int32Array, start * k);
    distances.set(d!.children[0]!.values as Float64Array, start * k);
    start += batch.numRows;
  }
  return {n, k, indices, distances};
}
