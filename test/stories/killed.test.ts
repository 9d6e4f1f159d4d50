import {existsSync, readdirSync, rmSync, statSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout} from 'node:timers/promises';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {type Rng, createRng} from '../../src/stages/rng.js';
import {Store, hashFile} from '../../src/store/store.js';
import {type Ran, type Started, Workplace, childrenOf, ran, said, until} from '../rig/strata.js';
import {MATRIX, PICTURES, SMALL, matrixCsv} from './matrix.js';

/** `npm run crash` kills at every place and at 200 moments, which takes seven minutes; without it, it is a part of those. */
const ALL = process.env['STRATA_KILLS'] === 'all';
/** Kills at random moments, of runs without and with a model. */
const KILLS = ALL ? {matrix: 160, pictures: 40} : {matrix: 14, pictures: 4};
/** From one change of the file system that a process dies in to the next. */
const STEP = ALL ? 1 : 9;

type Role = 'main' | 'worker';

/** A place where an experiment is run and killed, and what it gives when nothing disturbs it. */
class Doomed {
  readonly place = new Workplace();
  readonly #store = new Store(this.place.path('outputs/.store'));
  /** Told to be finished since the store was last empty. */
  #units: string[] = [];

  private constructor(
    readonly name: string,
    readonly digests: Record<string, Record<string, string>>,
    readonly whole: Ran,
    /** Milliseconds that a run takes. */
    readonly time: number,
  ) {}

  static async of(name: string, experiment: string): Promise<Doomed> {
    const undisturbed = new Workplace();
    undisturbed.write('a.yaml', experiment);
    undisturbed.write('data.csv', matrixCsv(60));
    const began = performance.now();
    const whole = await undisturbed.run('a.yaml');
    expect(whole.code).toBe(0);
    const doomed = new Doomed(name, undisturbed.digests(name), whole, performance.now() - began);
    undisturbed.remove();
    doomed.place.write('a.yaml', experiment);
    doomed.place.write('data.csv', matrixCsv(60));
    return doomed;
  }

  /** Runs to the end or to the death of a process, and checks what is left. Whether the run ended well. */
  async run(started: Started): Promise<boolean> {
    const before = this.#identities();
    const {code, stdout, stderr} = await started.finished;
    // The last line may have been cut.
    const {units} = ran({code, stderr, stdout: stdout.slice(0, stdout.lastIndexOf('\n') + 1)});
    this.#units.push(...units);
    this.#check(before);
    if (code !== 0) {
      // Either the run itself is gone, or it tells of the worker that is.
      if (code !== null) expect([code, stdout]).toEqual([1, expect.stringMatching(/"E504"/) as string]);
      return false;
    }
    expect(this.place.digests(this.name)).toEqual(this.digests);
    // What was told to be finished before a kill was not run again after it.
    expect([...new Set(this.#units)].sort()).toEqual([...this.#units].sort());
    expect(this.whole.units).toEqual(expect.arrayContaining(this.#units));
    return true;
  }

  clear(): void {
    rmSync(this.place.path('outputs'), {recursive: true, force: true});
    this.#units = [];
  }

  /** Every manifest is whole and so are all its blobs, down to the last byte; none was made again; "latest" is a whole run. */
  #check(before: ReadonlyMap<string, number>): void {
    for (const {key} of this.place.results().values()) {
      const manifest = this.#store.find(key);
      expect(manifest?.key).toBe(key);
      for (const {blob} of manifest!.parts) expect(hashFile(this.#store.blob(blob))).toBe(blob);
    }
    const after = this.#identities();
    for (const [file, identity] of before) expect(after.get(file), `${file} was made again`).toBe(identity);
    if (existsSync(this.place.path(`outputs/${this.name}/latest`)) && this.place.record(this.name).ok)
      expect(this.place.digests(this.name)).toEqual(this.digests);
    expect(existsSync(join(this.#store.root, 'quarantine'))).toBe(false);
  }

  /** The manifests by file, each with the identity that it loses when it is written again. */
  #identities(): Map<string, number> {
    const files = [...this.place.results().keys()];
    return new Map(files.map(f => [f, statSync(join(this.#store.root, 'results', f)).ino]));
  }
}

describe('a run that is killed again and again', () => {
  test.for(['main', 'worker'] as const)(
    'at every change of the file system in turn, in the %s process',
    {timeout: 480_000},
    async role => {
      const doomed = await Doomed.of('small', SMALL);
      const env = (at: number): Record<string, string> => ({
        STRATA_TEST_KILL: String(at),
        STRATA_TEST_IN: role satisfies Role,
        STRATA_TEST_CORES: '1',
      });
      let at = 1;
      for (; !(await doomed.run(doomed.place.startIn(env(at), 'run', '--json', 'a.yaml'))); at += STEP) {
        expect(await doomed.run(doomed.place.start('run', '--json', 'a.yaml'))).toBe(true);
        doomed.clear();
      }
      expect(at).toBeGreaterThan(20);
      doomed.place.remove();
    },
  );

  test.for([
    ['matrix', MATRIX],
    ['pictures', PICTURES],
  ] as const)('at random moments, with the experiment %s', {timeout: 480_000}, async ([name, experiment]) => {
    const doomed = await Doomed.of(name, experiment);
    const rng = createRng(20);
    for (let killed = 0; killed < KILLS[name];) {
      const started = doomed.place.start('run', '--json', 'a.yaml');
      const timer = new AbortController();
      const struck = setTimeout(rng.uniform() * doomed.time, undefined, timer)
        .then(() => strike(started, rng))
        .catch(() => undefined);
      const ended = await doomed.run(started);
      timer.abort();
      await struck;
      if (ended) doomed.clear();
      else killed++;
    }
    doomed.place.remove();
  });
});

/** Kills a run, or one of its workers. */
function strike({process: main}: Started, rng: Rng): void {
  const workers = childrenOf(main.pid!);
  const victim = [main.pid!, ...workers][rng.int(1 + workers.length)]!;
  try {
    process.kill(victim, 'SIGKILL');
  } catch {
    // It has just ended by itself.
  }
}

describe('a run that is interrupted', () => {
  const place = new Workplace();
  const file = place.path('held.csv');
  afterAll(() => place.remove());
  beforeAll(() => {
    place.write('data.csv', matrixCsv(60));
    place.write('held.csv', matrixCsv(60, {from: 2}));
    place.write('a.yaml', `${MATRIX}  held: {stage: load, source: matrix, path: held.csv}\n`);
  });

  /** Starts a run and waits until it is in the middle of a stage, others being done or still to do. */
  async function inTheMiddle(): Promise<Started> {
    rmSync(`${file}.held`, {force: true});
    const started = place.startIn({STRATA_TEST_HOLD: file}, 'run', 'a.yaml');
    await until(() => existsSync(`${file}.held`));
    return started;
  }

  test('once, it stops what it is doing, keeps what is done, and goes on the next time', async () => {
    const started = await inTheMiddle();
    const heard = said(started, 'stderr', 'stopping');
    started.process.kill('SIGINT');
    await heard;
    place.write('held.csv.go', '');
    const {code, stdout, stderr} = await started.finished;
    expect(code).toBe(130);
    expect(stderr).toBe('\nstopping after what is being done now; press Ctrl-C again to stop at once\n');
    expect(stdout).toMatch(/^held +cancelled$/m);
    expect(stdout).toMatch(
      new RegExp(`^0 cached, .*cancelled in .*: outputs/matrix/${place.runs('matrix')[0]!}\n$`, 'm'),
    );
    const {ok, stages} = place.record('matrix');
    expect(ok).toBe(false);
    const kept = Object.keys(stages).filter(label => stages[label]!.outcome === 'ran');
    expect(stages['held']!.outcome).toBe('cancelled');
    const next = await place.run('a.yaml');
    expect(next.code).toBe(0);
    expect(next.reasons['held']).toBe('it was stopped the last time');
    for (const [label, outcome] of Object.entries(next.outcomes))
      expect(outcome).toBe(kept.includes(label) ? 'cached' : 'ran');
  });

  test('twice, it stops at once', async () => {
    rmSync(`${file}.go`);
    place.write('held.csv', matrixCsv(60, {from: 3}));
    const before = place.runs('matrix');
    const started = await inTheMiddle();
    const heard = said(started, 'stderr', 'stopping');
    started.process.kill('SIGINT');
    await heard;
    started.process.kill('SIGINT');
    expect((await started.finished).code).toBe(130);
    const [folder] = place.runs('matrix').filter(run => !before.includes(run));
    expect(readdirSync(place.path(`outputs/matrix/${folder!}`))).toEqual(['events.jsonl']);
    expect(existsSync(`${file}.go`)).toBe(false);
    const next = await place.run('a.yaml');
    expect(next.code).toBe(0);
    expect(next.outcomes).toMatchObject({data: 'cached', held: 'ran'});
  });
});
