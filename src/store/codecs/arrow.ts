import {open} from 'node:fs/promises';
import type {RecordBatch, Schema, Table} from '#apache-arrow';
import {storeError} from '../store-errors.js';
import {HashedFile} from './hashed-file.js';

/**
 * Arrow IPC files, written record batch by record batch and never compressed: apache-arrow 21 writes compressed buffers
 * that other readers refuse. What the file system refuses is E601, from every method.
 */
export class ArrowFileWriter {
  readonly #file: HashedFile;
  readonly #writer: import('#apache-arrow').RecordBatchFileWriter;

  private constructor(arrow: typeof import('#apache-arrow'), path: string, schema: Schema) {
    const file = new HashedFile(path);
    // The writer hands each chunk to its sink; this one hashes and writes at once, so nothing piles up in memory.
    const sink = new (class extends arrow.AsyncByteQueue {
      override write(chunk: ArrayBufferView | string): void {
        file.write(
          typeof chunk === 'string'
            ? Buffer.from(chunk)
            : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength),
        );
      }
      override close(): void {
        // The file is closed with the writer.
      }
    })();
    this.#file = file;
    this.#writer = new arrow.RecordBatchFileWriter();
    this.#writer.reset(sink as never, schema as never);
  }

  static async open(file: string, schema: Schema): Promise<ArrowFileWriter> {
    return new ArrowFileWriter(await import('#apache-arrow'), file, schema);
  }

  write(batch: RecordBatch): void {
    this.#writer.write(batch as never);
  }

  /** Completes the file and gives the sha256 (hex) of its bytes. */
  close(): string {
    this.#writer.finish();
    return this.#file.close();
  }

  /** Gives the file up. */
  abort(): void {
    this.#file.abort();
  }
}

/** Writes a table as one file; gives the sha256 (hex) of its bytes. */
export async function writeArrow(file: string, table: Table): Promise<string> {
  const writer = await ArrowFileWriter.open(file, table.schema);
  for (const batch of table.batches) writer.write(batch);
  return writer.close();
}

/**
 * Reads the record batches of a file one after another.
 *
 * @throws E601 what the file system refuses
 */
export async function* readArrow(file: string): AsyncGenerator<RecordBatch> {
  const {RecordBatchReader} = await import('#apache-arrow');
  try {
    const handle = await open(file, 'r');
    try {
      const reader = await RecordBatchReader.from(handle);
      await reader.open();
      for await (const batch of reader) yield batch;
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw storeError(file, error);
  }
}
