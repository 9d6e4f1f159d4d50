import {existsSync, rmSync} from 'node:fs';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {npy, npz} from '../rig/npz.js';
import {type Started, Workplace, childrenOf, ran, said, until} from '../rig/strata.js';
import {MATRIX, matrixCsv} from './matrix.js';

let place: Workplace;
beforeEach(() => {
  place = new Workplace();
  for (const name of ['data', 'held', 'other']) place.write(`${name}.csv`, matrixCsv(60));
  place.write('a.yaml', `${MATRIX}${HELD}`);
});
afterEach(() => place.remove());

const HELD = '  held: {stage: load, source: matrix, path: held.csv}\n';

const alive = (pid: number): boolean => existsSync(`/proc/${pid}`);

/** Starts a run and waits until a worker of it reads a file. */
async function held(name: string, env: Record<string, string>, ...args: string[]): Promise<Started> {
  const file = place.path(name);
  const started = place.startIn({STRATA_TEST_HOLD: file, ...env}, 'run', ...args);
  await until(() => existsSync(`${file}.held`));
  return started;
}

describe('a worker that dies', () => {
  test('is a failed stage with what it said last, and what it had finished is kept', async () => {
    const env = {STRATA_TEST_CRASH: place.path('held.csv'), STRATA_TEST_CORES: '1'};
    const {code, stdout} = await place.startIn(env, 'run', '--keep-going', 'a.yaml').finished;
    expect(code).toBe(1);
    expect(stdout).toMatch(/^held +the tensor has lost its shape\n(.*\n)*held +failed /m);
    expect(stdout).toContain(`
E504 a.yaml:10:3  the worker process of stage "held" was ended by SIGSEGV
   10 |   held: {stage: load, source: matrix, path: held.csv}
      |   ~~~~
   that is a fault in native code, such as a model that ONNX Runtime cannot take: try another export of it
   the tensor has lost its shape
`);
    const next = await place.run('a.yaml');
    expect(next.code).toBe(0);
    expect(next.outcomes).toEqual({
      data: 'cached',
      scales: 'cached',
      id: 'cached',
      overlap: 'cached',
      held: 'ran',
    });
    expect(next.reasons).toEqual({held: 'it failed the last time'});
  });

  test('by the hand of the system is told so', async () => {
    const started = await held('held.csv', {STRATA_TEST_CORES: '1'}, '--keep-going', 'a.yaml');
    const [worker] = childrenOf(started.process.pid!);
    process.kill(worker!, 'SIGKILL');
    const {code, stdout} = await started.finished;
    expect(code).toBe(1);
    expect(stdout).toContain(`
E504 a.yaml:10:3  the worker process of stage "held" was ended by SIGKILL
   10 |   held: {stage: load, source: matrix, path: held.csv}
      |   ~~~~
   the system ends processes so when memory runs out: give the stage job.memory (GB), so that fewer jobs run beside it, or a smaller batch
`);
  });

  test('is tried again as often as the stage allows', async () => {
    const file = place.path('held.csv');
    place.write('a.yaml', MATRIX + HELD.replace('}', ', job: {retries: 1}}'));
    const started = place.startIn({STRATA_TEST_CRASH: file}, 'run', 'a.yaml');
    await said(started, 'stdout', 'tried again');
    place.write('held.csv.spare', '');
    const {code, stdout} = await started.finished;
    expect(code).toBe(0);
    const lines = stdout.split('\n').flatMap(line => /^held +(.*)/.exec(line)?.[1] ?? []);
    expect(lines.slice(0, 3)).toEqual([
      'the tensor has lost its shape',
      'the worker process of stage "held" was ended by SIGSEGV',
      'tried again in 1 s',
    ]);
    expect(stdout).toMatch(/^held +ran /m);
  });
});

test('a job that takes longer than its timeout is ended', async () => {
  place.write('a.yaml', MATRIX + HELD.replace('}', ', job: {timeout: 0.4}}'));
  const {code, stdout} = await place.startIn({STRATA_TEST_HOLD: place.path('held.csv')}, 'run', 'a.yaml')
    .finished;
  expect(code).toBe(1);
  expect(stdout).toContain(`
E505 a.yaml:10:3  stage "held" took longer than its timeout of 0.4 s and was ended
   10 |   held: {stage: load, source: matrix, path: held.csv, job: {timeout: 0.4}}
      |   ~~~~
   raise job.timeout of the stage, or find out what it waits for: strata logs
`);
});

describe('after a failure', () => {
  // The class of a sample is not a number: the stage that looks for it fails.
  const BROKEN = '  broken: {stage: load, source: matrix, path: other.csv, label: colour}\n';
  const AFTER = '  after: {stage: metric, metric: twonn, from: broken}\n';
  beforeEach(() => void place.write('a.yaml', MATRIX.replace('stages:\n', `stages:\n${BROKEN}${AFTER}`)));

  test('nothing new starts', async () => {
    const {code, outcomes} = await place.run('--jobs', '1', 'a.yaml');
    expect(code).toBe(1);
    expect(outcomes['broken']).toBe('failed');
    const others = Object.entries(outcomes).filter(([label]) => label !== 'broken' && label !== 'data');
    expect(others.map(([, outcome]) => outcome)).toEqual(others.map(() => 'skipped'));
  });

  test('what was to run after it, and what it has to do with it, are told apart', async () => {
    const {stdout} = await place.strata('run', '--jobs', '1', 'a.yaml');
    const skipped = /^(\S+) +skipped +(.*)$/gm;
    const told = Object.fromEntries(
      [...stdout.matchAll(skipped)].map(([, label, why]) => [label!, why!] as const),
    );
    const stopped = 'the run stopped after broken failed; with --keep-going it goes on';
    // Scales are independent of it, and so is what depends on scales.
    expect(told).toMatchObject({after: 'broken failed', scales: stopped, id: stopped, overlap: stopped});
    const logs = (await place.strata('logs', 'matrix')).stdout;
    expect(logs).toMatch(/^after\n.* s {2}skipped: broken failed$/m);
    expect(logs).toMatch(new RegExp(`^id\\n.* s {2}skipped: ${stopped}$`, 'm'));
  });

  test('what does not depend on it still runs, with --keep-going', async () => {
    const {code, events, outcomes} = await place.run('--keep-going', 'a.yaml');
    expect(code).toBe(1);
    expect(outcomes).toMatchObject({
      broken: 'failed',
      after: 'skipped',
      data: 'ran',
      id: 'ran',
      overlap: 'ran',
    });
    const after = events.find(e => e.type === 'stage-finished' && e.stage === 'after');
    expect(after).toMatchObject({because: 'broken'});
  });

  test('what is the same in all layers is told once', async () => {
    const array = (from: number): Buffer =>
      npy(
        [8, 2],
        Float32Array.from({length: 16}, (_, i) => Math.sin(from + i)),
      );
    place.write('layers.npz', npz({a: array(1), b: array(2), c: array(3), d: array(4)}));
    place.write(
      'a.yaml',
      `strata: 1
name: unlabelled
stages:
  data: {stage: load, source: activations, path: layers.npz}
  classes: {stage: metric, metric: kstar, from: data}
`,
    );
    const {code, stdout} = await place.strata('run', '--keep-going', 'a.yaml');
    expect(code).toBe(1);
    expect(stdout).toContain(`
E304 a.yaml:5:3  k* needs a label for every sample; "0" has none
   5 |   classes: {stage: metric, metric: kstar, from: data}
     |   ~~~~~~~
   load the data with labels
`);
    expect(stdout.split('E304')).toHaveLength(2);
    const {events} = await place.run('--keep-going', 'a.yaml');
    const ended = events.find(e => e.type === 'stage-finished' && e.stage === 'classes');
    expect(ended).toMatchObject({outcome: 'failed', diagnostics: [{code: 'E304'}]});
    expect((await place.strata('logs', 'unlabelled')).stdout.split('E304')).toHaveLength(2);
  });
});

test('workers end with the process that started them', async () => {
  const {process: main, finished} = await held('held.csv', {}, 'a.yaml');
  const workers = childrenOf(main.pid!);
  expect(workers.length).toBeGreaterThan(0);
  main.kill('SIGKILL');
  await finished;
  await until(() => !workers.some(alive));
});

test('stages that do not depend on each other run at the same time, as far as --jobs allows', async () => {
  place.write('a.yaml', MATRIX.replace('stages:\n', `stages:\n${HELD}`));
  const file = place.path('held.csv');
  const together = await held('held.csv', {STRATA_TEST_CORES: '2'}, '--json', 'a.yaml');
  await said(together, 'stdout', '"type":"stage-finished","stage":"overlap"');
  place.write('held.csv.go', '');
  expect((await together.finished).code).toBe(0);

  rmSync(place.path('outputs'), {recursive: true});
  for (const mark of ['held', 'go']) rmSync(`${file}.${mark}`);
  const alone = await held('held.csv', {STRATA_TEST_CORES: '2'}, '--json', '--jobs', '1', 'a.yaml');
  place.write('held.csv.go', '');
  const {events} = ran(await alone.finished);
  const order = events.flatMap(e =>
    e.type === 'stage-started' || e.type === 'stage-finished' ? [e.stage] : [],
  );
  // Each stage ends before the next begins.
  order.forEach((stage, i) => expect(i % 2 === 0 || stage === order[i - 1]).toBe(true));
});

test('a second run waits for what the first is doing, and does none of it again', async () => {
  const file = place.path('held.csv');
  const first = await held('held.csv', {}, '--json', 'a.yaml');
  const second = place.start('run', '--json', 'a.yaml');
  await said(second, 'stdout', '"type":"stage-started","stage":"held"');
  place.write('held.csv.go', '');
  const runs = (await Promise.all([first.finished, second.finished])).map(ran);
  expect(runs.map(r => r.code)).toEqual([0, 0]);
  expect(runs.map(r => r.outcomes['held'])).toEqual(['ran', 'cached']);
  const units = runs.flatMap(r => r.units);
  expect(units).toHaveLength(new Set(units).size);
  expect(existsSync(`${file}.held`)).toBe(true);
});

test('what a run was doing when it was killed is taken over at once', async () => {
  const first = await held('held.csv', {}, '--json', 'a.yaml');
  const workers = childrenOf(first.process.pid!);
  first.process.kill('SIGKILL');
  await first.finished;
  await until(() => !workers.some(alive));
  const began = performance.now();
  const next = await place.run('a.yaml');
  expect(next.code).toBe(0);
  expect(next.outcomes['held']).toBe('ran');
  // Whose owner is gone is not waited for: far less than the minute that an owner elsewhere is given.
  expect(performance.now() - began).toBeLessThan(30_000);
});
