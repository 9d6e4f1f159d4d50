import {createHash} from 'node:crypto';
import type {RecordBatch, Schema} from '#apache-arrow';
import type {FloatArray, Layer, LayerInfo, Matrix, StorageType} from '../../stages/ports.js';
import {encode} from '../canonical.js';
import {ArrowFileWriter, readArrow} from './arrow.js';
import {encodeHalf, halfValues} from './float16.js';

/** Record batches are filled to about this many bytes. */
const BATCH_BYTES = 4 << 20;

type Stored = Float32Array | Float64Array | Uint16Array;
const ARRAYS = {float16: Uint16Array, float32: Float32Array, float64: Float64Array} as const;

/**
 * Writes the vectors of one layer as Arrow: one column `vector`, a fixed-size list of float16, float32 or float64.
 * The digest covers type, shape and values, not how they are cut into batches.
 */
export class VectorWriter {
  readonly #digest = createHash('sha256');
  readonly #pending: Stored;
  #filled = 0;
  #written = 0;

  private constructor(
    private readonly arrow: typeof import('#apache-arrow'),
    private readonly writer: ArrowFileWriter,
    private readonly schema: Schema,
    readonly info: Omit<LayerInfo, 'index'>,
  ) {
    const {dim, dtype, rows, tokens} = info;
    this.#digest.update(encode(['vectors', dtype, rows, tokens, dim]));
    const width = dim * ARRAYS[dtype].BYTES_PER_ELEMENT;
    this.#pending = new ARRAYS[dtype](
      Math.min(rows * tokens, Math.max(1, Math.floor(BATCH_BYTES / width))) * dim,
    );
  }

  static async open(file: string, info: Omit<LayerInfo, 'index'>): Promise<VectorWriter> {
    const arrow = await import('#apache-arrow');
    const {Field, FixedSizeList, Float16, Float32, Float64, Schema} = arrow;
    const type = {float16: new Float16(), float32: new Float32(), float64: new Float64()}[info.dtype];
    const schema = new Schema([
      new Field('vector', new FixedSizeList(info.dim, new Field('value', type as never))),
    ]);
    return new VectorWriter(arrow, await ArrowFileWriter.open(file, schema as never), schema as never, info);
  }

  /** Appends whole vectors. */
  write(values: FloatArray): void {
    const pending = this.#pending;
    for (let i = 0; i < values.length;) {
      const count = Math.min(values.length - i, pending.length - this.#filled);
      const part = values.subarray(i, i + count);
      if (pending instanceof Uint16Array)
        for (let j = 0; j < count; j++) pending[this.#filled + j] = encodeHalf(part[j]!);
      else pending.set(part, this.#filled);
      this.#filled += count;
      i += count;
      if (this.#filled === pending.length) this.#flush();
    }
  }

  /** Completes the file: digest of the meaning, sha256 of the bytes. */
  close(): {digest: string; hash: string} {
    if (this.#filled > 0) this.#flush();
    const {rows, tokens, dim, name} = this.info;
    if (this.#written !== rows * tokens * dim)
      throw new Error(`layer ${name}: ${this.#written} numbers written, ${rows * tokens * dim} declared`);
    return {digest: this.#digest.digest('hex'), hash: this.writer.close()};
  }

  abort(): void {
    this.writer.abort();
  }

  #flush(): void {
    const {makeData, RecordBatch, Struct} = this.arrow;
    const values = this.#pending.subarray(0, this.#filled);
    this.#digest.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    const length = this.#filled / this.info.dim;
    const type = this.schema.fields[0]!.type as {children: readonly {type: unknown}[]};
    const child = makeData({
      type: type.children[0]!.type,
      length: this.#filled,
      nullCount: 0,
      data: values,
    } as never);
    const list = makeData({type, length, nullCount: 0, child} as never);
    const row = makeData({
      type: new Struct(this.schema.fields),
      length,
      nullCount: 0,
      children: [list],
    } as never);
    this.writer.write(new RecordBatch(this.schema as never, row as never) as never);
    this.#written += this.#filled;
    this.#filled = 0;
  }
}

/** The vectors of one batch; shares the file's memory unless they are float16, which become float32. */
function vectorsOf(batch: RecordBatch, dtype: StorageType): FloatArray {
  const list = batch.data.children[0]!;
  const child = list.children[0]!;
  const stride = (list.type as unknown as {listSize: number}).listSize;
  const values = (child.values as Stored).subarray(
    list.offset * stride,
    (list.offset + list.length) * stride,
  );
  if (dtype !== 'float16') return values as FloatArray;
  const table = halfValues();
  const singles = new Float32Array(values.length);
  // Several times as fast as Float32Array.from.
  for (let i = 0; i < values.length; i++) singles[i] = table[values[i]!]!;
  return singles;
}

/** Opens a layer for reading. */
export function openLayer(file: string, info: LayerInfo): Layer {
  async function* blocks(
    signal?: AbortSignal,
  ): AsyncGenerator<{start: number; count: number; data: FloatArray}> {
    let start = 0;
    for await (const batch of readArrow(file)) {
      signal?.throwIfAborted();
      yield {start, count: batch.numRows, data: vectorsOf(batch, info.dtype)};
      start += batch.numRows;
    }
  }
  async function matrix(signal?: AbortSignal): Promise<Matrix> {
    const rows = info.rows * info.tokens;
    const data =
      info.dtype === 'float64' ? new Float64Array(rows * info.dim) : new Float32Array(rows * info.dim);
    for await (const block of blocks(signal)) data.set(block.data, block.start * info.dim);
    return {rows, cols: info.dim, data};
  }
  return {...info, blocks, matrix};
}
