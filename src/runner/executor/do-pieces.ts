import {setTimeout} from 'node:timers/promises';
import type {Diagnostic} from '../../diagnostics/diagnostic.js';
import {StrataError} from '../../diagnostics/diagnostic.js';
import {distinct} from '../../diagnostics/distinct.js';
import type {Leases} from '../../store/lease.js';
import type {Manifest} from '../../store/manifest.js';
import {useResult} from '../../store/run-usage.js';
import type {Store} from '../../store/store.js';
import type {Job, Piece, Report} from './job.js';
import type {JobRules, Need} from './need.js';
import type {Pool, Slot} from './pool.js';
import type {JobEnd} from './worker-process.js';

/** Thrown where nothing new may start any more. */
export class Stopped extends Error {}

export interface PieceWork {
  readonly store: Store;
  readonly leases: Leases;
  readonly pool: Pool;
  readonly signal: AbortSignal;
  /** Whether nothing new may start, because something else has failed. */
  readonly stopped: () => boolean;
  /** Whether other pieces are still done after one has failed. */
  readonly keepGoing: boolean;
  readonly rules: JobRules;
  readonly label: string;
  /** One job takes all pieces rather than one. */
  readonly together: boolean;
  readonly need: (sideBySide: number) => Need;
  readonly job: (pieces: readonly Piece[], slot: Slot) => Job;
  readonly on: {
    report(report: Exclude<Report, {type: 'finished' | 'ended'}>): void;
    /** A piece was made here. */
    made(piece: Piece, manifest: Manifest, seconds: number): void;
    /** A piece has turned out to be in the store: somebody else has made it. */
    found(piece: Piece, manifest: Manifest): void;
    retry(attempt: number, seconds: number, diagnostics: readonly Diagnostic[]): void;
  };
}

/**
 * Makes pieces of a stage in worker processes. Whoever has the lease of a piece makes it; what other runs are making is
 * waited for, and made here only if they give up. Never holds a lease while it waits for another.
 *
 * @throws StrataError with what failed, once where it is the same for several pieces; Stopped
 */
export async function doPieces(pieces: readonly Piece[], work: PieceWork): Promise<void> {
  const {store, leases, pool, signal, together, on} = work;
  const problems: Diagnostic[] = [];
  let pending = pieces;
  while (pending.length > 0) {
    const elsewhere: Piece[] = [];
    const groups = together ? [pending] : pending.map(piece => [piece]);
    await inLanes(groups, pool.jobs, async group => {
      if (problems.length > 0 && !work.keepGoing) return;
      try {
        elsewhere.push(...(await doGroup(group, groups.length, work)));
      } catch (error) {
        if (signal.aborted || !(error instanceof StrataError)) throw error;
        problems.push(...error.diagnostics);
      }
    });
    const left: Piece[] = [];
    for (const piece of problems.length > 0 ? [] : elsewhere) {
      await leases.waitFor(piece.key, signal);
      const known = useResult(store, piece.key);
      if (known === undefined) left.push(piece);
      else on.found(piece, known);
    }
    pending = left;
  }
  if (problems.length > 0) throw new StrataError(distinct(problems));
}

/** Makes what nobody else is making; gives the rest. Tries again what may go well another time. */
async function doGroup(group: readonly Piece[], sideBySide: number, work: PieceWork): Promise<Piece[]> {
  const {pool, signal, rules, on} = work;
  for (let attempt = 0; ; attempt++) {
    const slot = await pool.slot(work.need(sideBySide), signal);
    let tried;
    try {
      if (work.stopped()) throw new Stopped();
      tried = await tryGroup(group, slot, work);
    } finally {
      slot.release();
    }
    if (tried.failure === null) return tried.elsewhere;
    const {diagnostics, passing} = tried.failure;
    if (!passing || attempt >= (rules.retries ?? 0)) throw new StrataError(diagnostics);
    const pause = 2 ** attempt;
    on.retry(attempt + 1, pause, diagnostics);
    await setTimeout(pause * 1000, undefined, {signal});
  }
}

interface Tried {
  readonly elsewhere: Piece[];
  /** `passing`: it says nothing of the stage and may not come again. */
  readonly failure: {readonly diagnostics: readonly Diagnostic[]; readonly passing: boolean} | null;
}

async function tryGroup(group: readonly Piece[], slot: Slot, work: PieceWork): Promise<Tried> {
  const {store, leases, signal, rules, on} = work;
  const leased = group.map(piece => ({piece, lease: leases.tryAcquire(piece.key)}));
  const elsewhere = leased.flatMap(l => (l.lease === undefined ? [l.piece] : []));
  try {
    const open = leased.flatMap(({piece, lease}) => {
      // Who had the lease before may have finished since the store was last asked.
      const known = lease && useResult(store, piece.key);
      if (known) on.found(piece, known);
      return lease && !known ? [piece] : [];
    });
    if (open.length === 0) return {elsewhere, failure: null};
    const finished = new Set<Piece>();
    const made = (piece: Piece, manifest: Manifest, seconds: number): void => {
      finished.add(piece);
      on.made(piece, manifest, seconds);
    };
    const job = work.job(open, slot);
    const end = await slot.run(
      job,
      report => {
        if (report.type === 'finished') made(open[report.at]!, report.manifest, report.seconds);
        else on.report(report);
      },
      signal,
      {
        timeout: rules.timeout ?? null,
        // Should this process die, the lease lasts for as long as its worker may still commit.
        started: pid => leased.forEach(({lease}) => lease?.share(pid)),
      },
    );
    // A worker may die between a commit and its word.
    for (const piece of open.filter(p => !finished.has(p))) {
      const known = end.end === 'failed' ? undefined : useResult(store, piece.key);
      if (known !== undefined) made(piece, known, known.seconds);
    }
    if (finished.size === open.length) return {elsewhere, failure: null};
    signal.throwIfAborted();
    if (end.end === 'cancelled' || end.end === 'done')
      throw new Error(`it gave ${finished.size} of ${open.length} results`);
    return {elsewhere, failure: failureOf(end, job, work)};
  } finally {
    for (const {lease} of leased) lease?.release();
  }
}

function failureOf(
  end: Exclude<JobEnd | {readonly end: 'timeout'}, {readonly end: 'done'} | {readonly end: 'cancelled'}>,
  {label, pieces}: Job,
  {rules}: PieceWork,
): NonNullable<Tried['failure']> {
  const unit = pieces.length === 1 ? pieces[0]!.unit?.id : undefined;
  const what = unit === undefined ? `stage "${label}"` : `unit ${unit} of stage "${label}"`;
  switch (end.end) {
    case 'failed':
      return {diagnostics: end.diagnostics, passing: end.diagnostics.every(d => d.code.startsWith('E6'))};
    case 'timeout': {
      const message = `${what} took longer than its timeout of ${rules.timeout!} s and was ended`;
      const hint = 'raise job.timeout of the stage, or find out what it waits for: strata logs';
      return {diagnostics: [{code: 'E505', message, hint}], passing: true};
    }
    case 'died': {
      const how =
        end.signal === null ? `ended with code ${end.code ?? 'unknown'}` : `was ended by ${end.signal}`;
      const said = end.said.map(line => ({message: line}));
      const message = `the worker process of ${what} ${how}`;
      return {
        diagnostics: [
          {code: 'E504', message, hint: hintFor(end.signal), ...(said.length > 0 && {notes: said})},
        ],
        passing: true,
      };
    }
  }
}

function hintFor(signal: string | null): string {
  if (signal === 'SIGKILL')
    return 'the system ends processes so when memory runs out: give the stage job.memory (GB), so that fewer jobs run beside it, or a smaller batch';
  if (signal === 'SIGSEGV' || signal === 'SIGBUS' || signal === 'SIGILL' || signal === 'SIGABRT')
    return 'that is a fault in native code, such as a model that ONNX Runtime cannot take: try another export of it';
  return 'run again, or have it tried again by job.retries of the stage; what it said is above';
}

/** Works through items, some at the same time, in order. After one has thrown no other is begun; what runs is waited for. */
async function inLanes<T>(
  items: readonly T[],
  lanes: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  let next = 0;
  let broken = false;
  const lane = async (): Promise<void> => {
    while (next < items.length && !broken) {
      try {
        await work(items[next++]!);
      } catch (error) {
        broken = true;
        throw error;
      }
    }
  };
  const ends = await Promise.allSettled(Array.from({length: Math.min(lanes, items.length)}, lane));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}
