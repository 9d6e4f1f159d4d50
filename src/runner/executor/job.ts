import type {Diagnostic} from '../../diagnostics/diagnostic.js';
import type {ArtifactInfo, Unit} from '../../stages/define.js';
import type {ImageOrigin} from '../../stages/ports.js';
import type {Key, KeyRecord, Manifest, Part} from '../../store/manifest.js';
import type {FileStamp} from '../files.js';

/** A finished artifact as a job finds it on a port. */
export interface InputArtifact {
  /** Of the stage that made it. */
  readonly label: string;
  readonly type: ArtifactInfo['type'];
  readonly parts: readonly Part[];
  /** For tables: the column that is shown by default. */
  readonly value: string | null;
  /** Where its images come from, if there are any upstream. */
  readonly origin: ImageOrigin | null;
  /** For tables that stand side by side in a sweep: the variant. */
  readonly variant: string | null;
}

/** What one result is made of: a unit of a stage, or a whole stage that has none, and the record that its key is made of. */
export interface Piece {
  readonly unit: Unit | null;
  readonly record: KeyRecord;
  readonly key: Key;
}

/** All that a worker must know to make results and put them into the store. It plans nothing and sees no experiment. */
export interface Job {
  /** Folder of the store. */
  readonly store: string;
  /** Of the stage: its kind and name, label and parameters. */
  readonly stage: string;
  readonly label: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** Null if it does not draw: then no seed is in its key. */
  readonly seed: number | null;
  readonly inputs: Readonly<Record<string, readonly InputArtifact[]>>;
  /** Neighbour tables by port. */
  readonly neighbors: Readonly<Record<string, readonly Part[]>>;
  /** In the order of the units; more than one only for stages that take units together. */
  readonly pieces: readonly Piece[];
  /** Parts that the result passes on from its input. */
  readonly carried: readonly Part[];
  /** The outside files that the stage reads, as they were when they were hashed for the key. */
  readonly files: readonly FileStamp[];
  /** Native threads that it may use. */
  readonly threads: number;
}

/** What a worker tells of the job that it does. `ended` is the last. */
export type Report =
  | {readonly type: 'log'; readonly message: string}
  | {
      readonly type: 'progress';
      readonly unit: string | null;
      readonly done: number;
      readonly total: number;
      /** Resident memory of the worker, in bytes. */
      readonly memory: number;
    }
  /** A piece is in the store. */
  | {
      readonly type: 'finished';
      readonly at: number;
      readonly manifest: Manifest;
      readonly seconds: number;
    }
  | {readonly type: 'ended'; readonly diagnostics: readonly Diagnostic[]; readonly cancelled: boolean};

/** What a worker is told. */
export type Command = {readonly type: 'run'; readonly job: Job} | {readonly type: 'abort'};
