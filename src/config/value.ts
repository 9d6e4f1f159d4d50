import {core} from './scalar.js';
import type {Span} from './source.js';

/**
 * The value tree: what was written, with the place of every key and value, before it is typed by a schema.
 * Trees are immutable; aliases and references share parts of them.
 */
export type Value = Scalar | List | Dict | Hole;

interface Node {
  /** Where it was written. */
  readonly span: Span;
  /** The aliases and references `${...}` that carried it from there to here, one after the other. */
  readonly via: readonly Span[];
  /** Number of values in it, each counted wherever it is used. */
  readonly size: number;
  /** Collections within collections. */
  readonly depth: number;
}

export interface Scalar extends Node {
  readonly kind: 'scalar';
  /** As written, less quotes: the schema of the place it lands in decides what it means. */
  readonly text: string;
  /** Whether it was written without quotes; a quoted one is always a string. */
  readonly plain: boolean;
  /** What it is relative to if it is a path. */
  readonly folder: string;
}

export interface List extends Node {
  readonly kind: 'list';
  readonly items: readonly Value[];
}

export interface Entry {
  readonly key: Span;
  readonly value: Value;
  /** The aliases that carried the key here, by a merge key; they are among those of the value too. */
  readonly via?: readonly Span[];
}

export interface Dict extends Node {
  readonly kind: 'map';
  readonly entries: ReadonlyMap<string, Entry>;
  /** Where an extending file or an override took keys out, for the errors that may come of it. */
  readonly removed?: ReadonlyMap<string, Span>;
}

/** Stands where a value could not be read; that has been reported, and nothing further is said of it. */
export interface Hole extends Node {
  readonly kind: 'hole';
}

/** Keys and list indices from the root of a tree down. */
export type Pointer = readonly (string | number)[];

export const scalar = (text: string, plain: boolean, span: Span): Scalar => ({
  kind: 'scalar',
  text,
  plain,
  span,
  via: [],
  size: 1,
  depth: 0,
  folder: span.source.folder,
});

export const hole = (span: Span): Hole => ({kind: 'hole', span, via: [], size: 1, depth: 0});

export const list = (items: readonly Value[], span: Span): List => ({
  kind: 'list',
  items,
  span,
  via: [],
  ...extent(items),
});

export const dict = (entries: ReadonlyMap<string, Entry>, span: Span): Dict => ({
  kind: 'map',
  entries,
  span,
  via: [],
  ...extent([...entries.values()].map(entry => entry.value)),
});

/** A map with other entries, at the same place. */
export const withEntries = (map: Dict, entries: ReadonlyMap<string, Entry>, removed = map.removed): Dict => ({
  ...dict(entries, map.span),
  via: map.via,
  ...(removed && {removed}),
});

/** A list with other items, at the same place. */
export const withItems = (of: List, items: readonly Value[]): List => ({
  ...list(items, of.span),
  via: of.via,
});

/** The same value, carried further. */
export const carried = <V extends Value>(value: V, via: readonly Span[]): V =>
  via.length === 0 ? value : {...value, via: [...value.via, ...via]};

/** What is below a map or list by a key or index, with all that carried it here: what carried the map or list included. */
export function carriedChild(of: Value, step: string | number): Entry | undefined {
  const entry = child(of, step);
  if (!entry || of.via.length === 0) return entry;
  return {key: entry.key, value: carried(entry.value, of.via), via: [...(entry.via ?? []), ...of.via]};
}

function extent(values: readonly Value[]): {size: number; depth: number} {
  let size = 1;
  let depth = 0;
  for (const value of values) {
    size += value.size;
    depth = Math.max(depth, value.depth);
  }
  return {size, depth: depth + 1};
}

/** Bounds of a tree once aliases and references are followed; what walks a tree may call itself for every level. */
export const MAX_SIZE = 200_000;
export const MAX_DEPTH = 32;

/** Why a value is refused for its extent, or null. */
export function excess(value: Value): string | null {
  if (value.size > MAX_SIZE) return `more than ${MAX_SIZE} values, once aliases and references are followed`;
  if (value.depth > MAX_DEPTH) return `more than ${MAX_DEPTH} levels deep`;
  return null;
}

/** The value tree of plain data; all of it is said to be written at `span`. */
export function fromData(data: unknown, span: Span): Value {
  if (Array.isArray(data))
    return list(
      data.map(item => fromData(item, span)),
      span,
    );
  if (typeof data === 'object' && data !== null) {
    const entries = Object.entries(data).map(
      ([key, item]) => [key, {key: span, value: fromData(item, span)}] as const,
    );
    return dict(new Map(entries), span);
  }
  return scalar(String(data), typeof data !== 'string', span);
}

/** The entry below `value` by that key or index; a list's items have themselves as key. */
export function child(value: Value, step: string | number): Entry | undefined {
  if (value.kind === 'map') return value.entries.get(String(step));
  if (value.kind !== 'list' || !/^\d+$/.test(String(step))) return undefined;
  const item = value.items[Number(step)];
  return item && {key: item.span, value: item};
}

/** Whether this is a null, written as such or as nothing at all. */
export const isNull = (value: Value): boolean =>
  value.kind === 'scalar' && value.plain && core(value.text) === null;

/** As the reader would call it. */
export const shape = (value: Value): string =>
  value.kind === 'scalar' ? 'a single value' : `a ${value.kind}`;
