import {createHash} from 'node:crypto';
import {closeSync, openSync, writeSync} from 'node:fs';
import {open} from 'node:fs/promises';
import type {RecordBatch, Schema, Table} from 'apache-arrow';

/**
 * Arrow IPC files, written record batch by record batch and never compressed: apache-arrow 21 writes compressed buffers
 * that other readers refuse.
 */
export class ArrowFileWriter {
  readonly #hash = createHash('sha256');
  readonly #fd: number;
  #writer: import('apache-arrow').RecordBatchFileWriter;

  private constructor(arrow: typeof import('apache-arrow'), file: string, schema: Schema) {
    const fd = openSync(file, 'w');
    const hash = this.#hash;
    // The writer hands each chunk to its sink; this one hashes and writes at once, so nothing piles up in memory.
    const sink = new (class extends arrow.AsyncByteQueue {
      override write(chunk: ArrayBufferView | string): void {
        const bytes =
          typeof chunk === 'string'
            ? Buffer.from(chunk)
            : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
        hash.update(bytes);
        for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done);
      }
      override close(): void {
        // The file is closed with the writer.
      }
    })();
    this.#fd = fd;
    this.#writer = new arrow.RecordBatchFileWriter();
    this.#writer.reset(sink as never, schema as never);
  }

  static async open(file: string, schema: Schema): Promise<ArrowFileWriter> {
    return new ArrowFileWriter(await import('apache-arrow'), file, schema);
  }

  write(batch: RecordBatch): void {
    this.#writer.write(batch as never);
  }

  /** Completes the file and gives the sha256 (hex) of its bytes. */
  close(): string {
    this.#writer.finish();
    closeSync(this.#fd);
    return this.#hash.digest('hex');
  }

  /** Gives the file up. */
  abort(): void {
    closeSync(this.#fd);
  }
}

/** Writes a table as one file; gives the sha256 (hex) of its bytes. */
export async function writeArrow(file: string, table: Table): Promise<string> {
  const writer = await ArrowFileWriter.open(file, table.schema);
  for (const batch of table.batches) writer.write(batch);
  return writer.close();
}

/** Reads the record batches of a file one after another. */
export async function* readArrow(file: string): AsyncGenerator<RecordBatch> {
  const {RecordBatchReader} = await import('apache-arrow');
  const handle = await open(file, 'r');
  try {
    const reader = await RecordBatchReader.from(handle);
    await reader.open();
    for await (const batch of reader) yield batch;
  } finally {
    await handle.close();
  }
}
