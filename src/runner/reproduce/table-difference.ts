import type {Row} from '../../stages/ports.js';

/** How the cells of one column differ, over the rows that both tables have. */
export interface ColumnDifference {
  readonly column: string;
  /** Rows in which they are not the same. */
  readonly rows: number;
  /** Of these, rows in which not both are numbers. */
  readonly unlike: number;
  /** Largest |a - b| of two numbers. */
  readonly absolute: number;
  /** Largest |a - b| / max(|a|, |b|) of two numbers. */
  readonly relative: number;
}

/** How two tables differ. With nothing in it, the same cells stand in another order, or as another type. */
export interface TableDifference {
  readonly kind: 'table';
  /** Rows that both have. */
  readonly rows: number;
  readonly missingRows: number;
  readonly addedRows: number;
  readonly missingColumns: readonly string[];
  readonly addedColumns: readonly string[];
  /** Only those that differ. */
  readonly columns: readonly ColumnDifference[];
}

/** The columns that say what a row is about; the others hold what was found. */
const IDENTITY: readonly string[] = [
  'layer',
  'index',
  'other',
  'other_index',
  'subset',
  'repeat',
  'group',
  'sample',
  'token',
  'range',
  'k',
  'rank',
  'scale_n1',
];

/** Compares two tables cell by cell, in rows that are about the same. */
export function tableDifference(before: readonly Row[], now: readonly Row[]): TableDifference {
  const old = byIdentity(before);
  const current = byIdentity(now);
  const both = [...old].flatMap(([id, row]): [Row, Row][] => {
    const match = current.get(id);
    return match === undefined ? [] : [[row, match]];
  });
  const names = Object.keys(before[0] ?? {});
  const currentNames = Object.keys(now[0] ?? {});
  return {
    kind: 'table',
    rows: both.length,
    missingRows: old.size - both.length,
    addedRows: current.size - both.length,
    missingColumns: names.filter(name => !currentNames.includes(name)),
    addedColumns: currentNames.filter(name => !names.includes(name)),
    columns: names
      .filter(name => currentNames.includes(name))
      .map(name => columnDifference(name, both))
      .filter(column => column.rows > 0),
  };
}

/** Rows by what they are about; of rows that are about the same, the second is the second. */
function byIdentity(rows: readonly Row[]): Map<string, Row> {
  const found = new Map<string, Row>();
  const counts = new Map<string, number>();
  for (const row of rows) {
    const id = JSON.stringify(IDENTITY.map(name => row[name] ?? null));
    const count = counts.get(id) ?? 0;
    counts.set(id, count + 1);
    found.set(`${id} ${count}`, row);
  }
  return found;
}

function columnDifference(column: string, rows: readonly (readonly [Row, Row])[]): ColumnDifference {
  const pairs = rows.map(([a, b]) => [a[column]!, b[column]!] as const).filter(([a, b]) => a !== b);
  const numbers = pairs.filter((pair): pair is [number, number] => pair.every(c => typeof c === 'number'));
  const apart = numbers.map(([a, b]) => Math.abs(a - b));
  return {
    column,
    rows: pairs.length,
    unlike: pairs.length - numbers.length,
    absolute: largest(apart),
    relative: largest(numbers.map(([a, b], i) => apart[i]! / Math.max(Math.abs(a), Math.abs(b)))),
  };
}

const largest = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b), 0);
