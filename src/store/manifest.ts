import {createHash} from 'node:crypto';
import type {Canonical} from './canonical.js';
import {canonicalDigest} from './canonical.js';
import type {ArtifactInfo} from '../stages/define.js';

/** sha256 (hex) of a key record: the address of a result. */
export type Key = string;

/** What a result depends on, by name. Stored with the result, so that any two results can be compared field by field. */
export type KeyRecord = Readonly<Record<string, Canonical>>;

/** The address of a result. */
export const keyOf = (record: KeyRecord): Key => canonicalDigest('key', record);

/** A part of an artifact. The digest is of its meaning (schema and values); the blob is the file that holds it. */
export interface Part {
  readonly name: string;
  readonly digest: string;
  /** sha256 (hex) of the file. */
  readonly blob: string;
  readonly bytes: number;
  readonly meta: Readonly<Record<string, unknown>>;
}

/** The record of a finished result. It exists only after all its blobs. */
export interface Manifest {
  readonly format: 1;
  readonly key: Key;
  readonly record: KeyRecord;
  readonly type: ArtifactInfo['type'];
  readonly parts: readonly Part[];
  /** Keys of the units that the result was put together from; they are kept as long as it is. */
  readonly units: readonly Key[];
  /** Seconds that `run` took. */
  readonly seconds: number;
  readonly made: {readonly host: string; readonly pid: number; readonly at: string};
}

/** JSON would make 0 of it, and the record would no longer be that of its key. */
const MINUS_ZERO = '\0-0';

/** A manifest as text: JSON with the checksum of itself as its first member, so that no flipped byte goes unnoticed. */
export function sealManifest(manifest: Manifest): string {
  const json = JSON.stringify(manifest, (_, value: unknown) => (Object.is(value, -0) ? MINUS_ZERO : value))
    .replaceAll(JSON.stringify(MINUS_ZERO), '-0')
    .slice(1);
  return `{"sum":"${sum(json)}",${json}`;
}

const SEAL = /^\{"sum":"([0-9a-f]{64})",/;
const sum = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The manifest that stands at the address of a key, or what is wrong with the text there. */
export function openManifest(text: string, key: Key): Manifest | {readonly damage: string} {
  const seal = SEAL.exec(text);
  if (seal === null || sum(text.slice(seal[0].length)) !== seal[1])
    return {damage: 'its checksum is not that of its text'};
  const manifest = JSON.parse(text) as Manifest;
  if ((manifest.format as number) !== 1) return {damage: `it has format ${manifest.format}`};
  if (manifest.key !== key) return {damage: `it is the record of another key, ${manifest.key}`};
  return manifest;
}
