import type {Canonical} from './canonical.js';
import type {ArtifactInfo} from '../stages/define.js';

/** sha256 (hex) of a key record: the address of a result. */
export type Key = string;

/** What a result depends on, by name. Stored with the result, so that any two results can be compared field by field. */
export type KeyRecord = Readonly<Record<string, Canonical>>;

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
  /** Seconds that `run` took. */
  readonly seconds: number;
  readonly made: {readonly host: string; readonly pid: number; readonly at: string};
}
