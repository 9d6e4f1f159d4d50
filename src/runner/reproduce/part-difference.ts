import {existsSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import type {Column, LayerInfo} from '../../stages/ports.js';
import {readTable} from '../../store/codecs/table.js';
import {openLayer} from '../../store/codecs/vectors.js';
import {hashFile} from '../../store/hash-file.js';
import type {Part} from '../../store/manifest.js';
import type {Store} from '../../store/store.js';
import type {FigureDifference} from './figure-difference.js';
import {figureDifference} from './figure-difference.js';
import type {LayerDifference, ShapeDifference} from './layer-difference.js';
import {layerDifference} from './layer-difference.js';
import type {TableDifference} from './table-difference.js';
import {tableDifference} from './table-difference.js';

/** How a part of a result differs from the recorded one. */
export type Difference =
  | TableDifference
  | LayerDifference
  | ShapeDifference
  | FigureDifference
  /** It has not been made again, or there was none; its content differs, or the recorded one is no longer there to tell how. */
  | {readonly kind: 'missing' | 'added' | 'content' | 'lost'};

export type PartDifference = Difference & {readonly part: string};

/** Where the recorded parts of a stage can be found: the store of the run, and what its folder has for people. */
export interface Recorded {
  readonly store: Store;
  readonly folder: string;
  readonly label: string;
  readonly parts: readonly Part[];
}

/** The differences of all parts that have not the recorded digests. */
export async function partDifferences(
  recorded: Recorded,
  parts: readonly Part[],
  store: Store,
): Promise<PartDifference[]> {
  const now = new Map(parts.map(part => [part.name, part]));
  const before = new Map(recorded.parts.map(part => [part.name, part]));
  const found: PartDifference[] = [];
  for (const [name, part] of before) {
    const match = now.get(name);
    if (match === undefined) found.push({part: name, kind: 'missing'});
    else if (match.digest !== part.digest)
      found.push({part: name, ...(await difference(part, match, recorded, store))});
  }
  for (const name of now.keys()) if (!before.has(name)) found.push({part: name, kind: 'added'});
  // The pictures of a figure show its specification.
  return found.some(d => d.kind === 'figure') ? found.filter(d => d.kind !== 'content') : found;
}

async function difference(before: Part, now: Part, recorded: Recorded, store: Store): Promise<Difference> {
  const {name} = before;
  const numbers = name === 'table' || name === 'spec' || name.startsWith('layer/');
  if (!numbers) return {kind: 'content'};
  const old = fileOf(before, recorded);
  if (old === undefined) return {kind: 'lost'};
  const current = store.blob(now.blob);
  if (name === 'spec') {
    const spec = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));
    return figureDifference(spec(old), spec(current));
  }
  if (name === 'table')
    return tableDifference(await readTable(old, columnsOf(before)), await readTable(current, columnsOf(now)));
  return layerDifference(openLayer(old, infoOf(before)), openLayer(current, infoOf(now)));
}

const columnsOf = ({meta}: Part): Column[] => (meta as unknown as {columns: Column[]}).columns;
const infoOf = ({meta}: Part): LayerInfo => meta as unknown as LayerInfo;

/** A file that holds a recorded part, byte by byte as it was. */
function fileOf({name, blob}: Part, {store, folder, label}: Recorded): string | undefined {
  const exported = name === 'table' ? `tables/${label}.parquet` : `figures/${label}.vl.json`;
  return [store.blob(blob), join(folder, exported)].find(file => existsSync(file) && hashFile(file) === blob);
}

/**
 * Whether a difference is within a relative tolerance: of two numbers relative to the larger, in a layer relative to its
 * largest number. What is no number has to be the same.
 */
export function within(difference: Difference, tolerance: number): boolean {
  switch (difference.kind) {
    case 'table': {
      const {missingRows, addedRows, missingColumns, addedColumns, columns} = difference;
      const others = missingRows + addedRows + missingColumns.length + addedColumns.length;
      return (
        others === 0 && columns.length > 0 && columns.every(c => c.unlike === 0 && c.relative <= tolerance)
      );
    }
    case 'layer':
      return difference.absolute <= tolerance * difference.largest;
    case 'figure':
      return difference.relative !== null && difference.relative <= tolerance;
    default:
      return false;
  }
}
