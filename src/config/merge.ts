import type {Span} from './source.js';
import {isNull, withEntries, type Dict, type Entry} from './value.js';

/**
 * What an extending map makes of the map it extends: where both hold a map these are merged alike, a null takes away
 * what the base has under that key, and anything else, lists included, stands in place of what the base has. A null for
 * a key that the base does not have is a value like others. A map that is merged keeps its place in the base, and its
 * position among the keys.
 */
export function merge(base: Dict, over: Dict): Dict {
  const entries = new Map<string, Entry>(base.entries);
  const removed = new Map<string, Span>([...(base.removed ?? []), ...(over.removed ?? [])]);
  for (const [key, entry] of over.entries) {
    const below = entries.get(key);
    if (below && isNull(entry.value)) {
      entries.delete(key);
      removed.set(key, entry.key);
    } else if (below?.value.kind === 'map' && entry.value.kind === 'map') {
      entries.set(key, {...below, value: merge(below.value, entry.value)});
    } else entries.set(key, entry);
  }
  return withEntries(base, entries, removed.size > 0 ? removed : undefined);
}
