import type {DataType, Field, Vector} from '#apache-arrow';
import {fail} from '../../diagnostics/diagnostic.js';
import {readBytes} from './file.js';
import type {TableColumn} from './matrix-columns.js';

const MAGIC = 'ARROW1';

/** The columns of an Arrow IPC file, uncompressed. Errors: E301, E302. */
export async function readArrow(file: string): Promise<{columns: TableColumn[]; rows: number}> {
  const content = await readBytes(file);
  // The reader takes a file without its end for a stream and would give what there is of it.
  if (
    content.toString('latin1', 0, 6) !== MAGIC ||
    content.toString('latin1', content.length - 6) !== MAGIC
  ) {
    fail(
      'E302',
      `${file}: truncated, or not an Arrow IPC file: no "${MAGIC}" at its start and end (byte ${content.length})`,
    );
  }
  const arrow = await import('#apache-arrow');
  try {
    const table = arrow.tableFromIPC(content);
    const columns = table.schema.fields.map((field, i): TableColumn => {
      const values = table.getChildAt(i) as Vector;
      const outer = field.type as DataType;
      const type = (outer.children as readonly Field<DataType>[] | undefined)?.[0]?.type ?? outer;
      const float = arrow.DataType.isFloat(type) ? type.precision : null;
      return {
        name: field.name,
        single: float === arrow.Precision.HALF || float === arrow.Precision.SINGLE,
        get: row => {
          const value: unknown = values.get(row);
          if (!(value instanceof arrow.Vector)) return value;
          // toArray() would give the bits of float16, and hide nulls.
          return float === arrow.Precision.HALF || value.nullCount > 0
            ? Array.from(value as Iterable<unknown>)
            : (value.toArray() as unknown);
        },
      };
    });
    return {columns, rows: table.numRows};
  } catch (error) {
    return fail('E302', `${file}: cannot be read as Arrow IPC (${(error as Error).message})`, {
      hint: 'write it uncompressed',
    });
  }
}
