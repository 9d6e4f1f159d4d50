import type {Diagnostic} from '../diagnostics/diagnostic.js';

/** How a stage ended. `cut-off`: something upstream ran again with the same result, so this stage was known after all. */
export type Outcome = 'cached' | 'cut-off' | 'ran' | 'failed' | 'skipped' | 'cancelled';

/** Everything that happens in a run. The reporters and the journal read nothing else. */
export type Event =
  | {
      readonly type: 'run-started';
      readonly name: string;
      readonly run: string;
      readonly stages: number;
      readonly toRun: number;
    }
  | {
      readonly type: 'stage-started';
      readonly stage: string;
      readonly reason: string;
      readonly units: number;
      readonly cachedUnits: number;
    }
  | {readonly type: 'unit-finished'; readonly stage: string; readonly unit: string; readonly seconds: number}
  | {
      readonly type: 'progress';
      readonly stage: string;
      readonly unit: string | null;
      readonly done: number;
      readonly total: number;
      /** Resident memory of the worker, in bytes. */
      readonly memory: number;
    }
  /** Something that may pass went wrong; the work is tried again after so many seconds. */
  | {
      readonly type: 'retry';
      readonly stage: string;
      readonly attempt: number;
      readonly seconds: number;
      readonly diagnostics: readonly Diagnostic[];
    }
  | {readonly type: 'log'; readonly stage: string; readonly message: string}
  | {
      readonly type: 'stage-finished';
      readonly stage: string;
      readonly outcome: Outcome;
      readonly seconds: number;
      /** Why it ran; null if it did not. */
      readonly reason: string | null;
      /** For `skipped`: the stage that failed. */
      readonly because?: string;
      /** For `skipped`: it does not depend on that stage, after which nothing new was to start. */
      readonly stopped?: true;
      readonly diagnostics?: readonly Diagnostic[];
    }
  | {
      readonly type: 'run-finished';
      readonly run: string;
      readonly folder: string;
      readonly seconds: number;
      readonly ok: boolean;
    };

export type Emit = (event: Event) => void;
