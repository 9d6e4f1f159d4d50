import {gunzipSync} from 'node:zlib';
import {fail} from '../../diagnostics/diagnostic.js';
import {unreadable} from './file.js';
import type {TableColumn} from './matrix-columns.js';

/** The columns of a Parquet file; uncompressed, snappy or gzip. Errors: E301, E302. */
export async function readParquet(file: string): Promise<{columns: TableColumn[]; rows: number}> {
  const {asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects, parquetSchema} =
    await import('hyparquet');
  const content = await asyncBufferFromFile(file).catch((error: unknown) => unreadable(file, error));
  try {
    const metadata = await parquetMetadataAsync(content);
    const rows: Record<string, unknown>[] = await parquetReadObjects({
      file: content,
      metadata,
      compressors: {GZIP: bytes => gunzipSync(bytes)},
    });
    const columns = parquetSchema(metadata).children.map((tree): TableColumn => {
      let leaf = tree;
      while (leaf.children.length > 0) leaf = leaf.children[0]!;
      return {
        name: tree.element.name,
        single: leaf.element.type === 'FLOAT',
        get: row => rows[row]![tree.element.name],
      };
    });
    return {columns, rows: rows.length};
  } catch (error) {
    return fail('E302', `${file}: cannot be read as Parquet (${(error as Error).message})`, {
      hint: 'uncompressed, snappy and gzip can be read',
    });
  }
}
