import {existsSync, readdirSync, rmSync, statSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout} from 'node:timers/promises';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {type Rng, createRng} from '../../src/stages/rng.js';
import {Store, hashFile} from '../../src/store/store.js';
import {type Started, Workplace, ran, said, until} from '../rig/strata.js';
import {MATRIX, PICTURES, matrixCsv} from './matrix.js';

const KILLS = 20;

describe('a run that is killed again and again', () => {
  const place = new Workplace();
  const undisturbed = new Workplace();
  const store = new Store(place.path('outputs/.store'));
  afterAll(() => {
    place.remove();
    undisturbed.remove();
  });

  /** Every manifest is whole and so are all its blobs, down to the last byte. */
  function checkStore(): void {
    for (const {key} of place.results().values()) {
      const manifest = store.find(key);
      expect(manifest?.key).toBe(key);
      for (const {blob} of manifest!.parts) expect(hashFile(store.blob(blob))).toBe(blob);
    }
  }

  /** The manifests by file, each with the identity that it loses when it is written again. */
  const identities = (): Map<string, number> =>
    new Map([...place.results().keys()].map(f => [f, statSync(join(store.root, 'results', f)).ino]));

  /** Kills at a change of the file system, or two times of seven at some other moment. */
  function startDoomed(rng: Rng, time: number): Started {
    if (rng.int(7) > 1)
      return place.startIn({STRATA_TEST_KILL: String(1 + rng.int(50))}, 'run', '--json', 'a.yaml');
    const started = place.start('run', '--json', 'a.yaml');
    void setTimeout(rng.uniform() * time).then(() => started.process.kill('SIGKILL'));
    return started;
  }

  test('goes on where it was and ends with the same results', {timeout: 180_000}, async () => {
    for (const folder of [place, undisturbed]) folder.write('a.yaml', PICTURES);
    const began = performance.now();
    const whole = await undisturbed.run('a.yaml');
    const time = performance.now() - began;
    const digests = undisturbed.digests('pictures');

    const rng = createRng(20);
    let units: string[] = [];
    for (let killed = 0; killed < KILLS;) {
      const before = identities();
      const {code, stdout, stderr} = await startDoomed(rng, time).finished;
      // The last line may have been cut.
      units.push(...ran({code, stderr, stdout: stdout.slice(0, stdout.lastIndexOf('\n') + 1)}).units);
      checkStore();
      const after = identities();
      for (const [file, identity] of before) expect(after.get(file), `${file} was made again`).toBe(identity);
      // What "latest" names is a whole run.
      if (existsSync(place.path('outputs/pictures/latest')))
        expect(place.digests('pictures')).toEqual(digests);
      if (code === null) {
        killed++;
        continue;
      }
      expect(code).toBe(0);
      expect(place.digests('pictures')).toEqual(digests);
      expect(readdirSync(join(store.root, 'drafts'))).toEqual([]);
      expect(existsSync(join(store.root, 'quarantine'))).toBe(false);
      // What was told to be finished before a kill was not run again after it.
      expect([...new Set(units)].sort()).toEqual([...units].sort());
      expect(whole.units).toEqual(expect.arrayContaining(units));
      units = [];
      rmSync(place.path('outputs'), {recursive: true});
    }
  });
});

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
