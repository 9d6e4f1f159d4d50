import {appendFileSync, existsSync, readdirSync, rmSync} from 'node:fs';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import type {Event} from '../../src/runner/events.js';
import {Workplace, until} from '../rig/strata.js';
import {matrixCsv} from './matrix.js';

const place = new Workplace();
afterAll(() => place.remove());
const experiment = (name: string, file: string): string => `strata: 1
name: ${name}
stages:
  data: {stage: load, source: matrix, path: ${file}, label: class}
  scales: {stage: decimate, from: data, fractions: [1, 0.5]}
`;
/** Times and places differ from run to run. */
const plain = (text: string): string =>
  text
    .replace(/\d+(\.\d+)? m?s/g, '#')
    .replace(/ +(?=#)/g, ' ')
    .replace(/\d{8}-\d{6}/g, 'RUN');

beforeAll(() => {
  for (const file of ['data.csv', 'held.csv']) place.write(file, matrixCsv(60));
});

describe('the journal of a finished run', () => {
  beforeAll(async () => {
    place.write('good.yaml', experiment('good', 'data.csv'));
    expect((await place.run('good.yaml')).code).toBe(0);
  });

  test('is told stage by stage, with the time since the start', async () => {
    const {code, stdout} = await place.strata('logs', 'good');
    expect(code).toBe(0);
    expect(plain(stdout)).toBe(`outputs/good/RUN

data
 #  starts: never run
 #  ran after #

scales
 #  starts: never run
 #  ran after #

finished after #
`);
    const times = [...stdout.matchAll(/^ +(\S+) s /gm)].map(match => Number(match[1]));
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(times[0]).toBeLessThan(10);
  });

  test('is told of one stage, or as it stands', async () => {
    expect(plain((await place.strata('logs', 'good', 'scales')).stdout)).toBe(
      'scales\n #  starts: never run\n #  ran after #\n',
    );
    const run = place.runs('good')[0]!;
    const journal = place.read(`outputs/good/${run}/events.jsonl`);
    expect((await place.strata('logs', run, '--json')).stdout).toBe(journal);
    const {stdout} = await place.strata('logs', `outputs/good/${run}`, 'scales', '--json');
    const events = stdout
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line) as Event);
    expect(events.map(e => e.type)).toEqual(['stage-started', 'stage-finished']);
  });

  test('does not know other names', async () => {
    const {code, stderr} = await place.strata('logs', 'good', 'scale');
    expect(code).toBe(2);
    expect(plain(stderr)).toBe(
      'E713  the journal of outputs/good/RUN has no stage "scale"\n   did you mean "scales"?\n',
    );
    expect((await place.strata('logs', 'bad')).stderr).toContain('E711  no run "bad" in outputs/\n');
  });
});

test('what a worker said before it died is there', async () => {
  place.write('crash.csv', matrixCsv(60, {from: 5}));
  place.write('crash.yaml', experiment('crash', 'crash.csv'));
  const {code} = await place.startIn({STRATA_TEST_CRASH: place.path('crash.csv')}, 'run', 'crash.yaml')
    .finished;
  expect(code).toBe(1);
  const {stdout} = await place.strata('logs', 'crash');
  expect(stdout).toContain('the tensor has lost its shape\n');
  expect(plain(stdout)).toMatch(/^ #  failed after #\n {12}E504 crash\.yaml:\d+:3 {2}/m);
  expect(plain(stdout)).toMatch(/^scales\n #  skipped: data failed$/m);
});

test('a run that was killed has no record, but a journal; a torn line at its end is left out', async () => {
  place.write('killed.yaml', experiment('killed', 'data.csv'));
  expect((await place.run('killed.yaml')).code).toBe(0);
  place.write(
    'killed.yaml',
    experiment('killed', 'held.csv').replace('name: killed', 'name: killed\nseed: 1'),
  );
  place.write('held.csv', matrixCsv(60, {from: 2}));
  const started = place.startIn({STRATA_TEST_HOLD: place.path('held.csv')}, 'run', 'killed.yaml');
  await until(() => existsSync(place.path('held.csv.held')));
  started.process.kill('SIGKILL');
  expect((await started.finished).code).toBeNull();
  const killed = place.runs('killed').sort().at(-1)!;
  expect(readdirSync(place.path(`outputs/killed/${killed}`))).toEqual(['events.jsonl']);
  appendFileSync(place.path(`outputs/killed/${killed}/events.jsonl`), '{"at":"2020-01-01T00:00:00.000Z","ty');
  for (const word of ['killed', killed, `outputs/killed/${killed}`]) {
    const {code, stdout} = await place.strata('logs', word);
    expect(code).toBe(0);
    expect(plain(stdout)).toBe(
      `outputs/killed/RUN

data
 #  starts: params.path: file changed

the journal goes no further: the run was killed, or is still going on
`.replace('RUN', plain(killed)),
    );
  }
  expect((await place.strata('show', killed)).stderr).toContain('E711');
  rmSync(place.path('held.csv.held'));
});

test('retries, units and bugs are told in full, down to the stack; of runs in one second the last is the newest', async () => {
  const diagnostics = [
    {code: 'E503', message: 'stage "id" broke: no', stack: 'Error: no\n    at work (a.js:1:2)'},
  ];
  const events = [
    {type: 'run-started', name: 'odd', run: '20200101-000000-10', stages: 1, toRun: 1},
    {type: 'stage-started', stage: 'id', reason: 'never run', units: 3, cachedUnits: 1},
    {type: 'unit-finished', stage: 'id', unit: 'norm', seconds: 2},
    {type: 'log', stage: 'id', message: 'hello'},
    {type: 'retry', stage: 'id', attempt: 1, seconds: 4, diagnostics: [{code: 'E505', message: 'too long'}]},
    {type: 'stage-finished', stage: 'id', outcome: 'failed', seconds: 9, reason: 'never run', diagnostics},
    {type: 'run-finished', run: '20200101-000000-10', folder: '', seconds: 10, ok: false},
  ];
  const lines = events.map((e, i) => JSON.stringify({at: new Date(i * 61_500).toISOString(), ...e}));
  place.write('outputs/odd/20200101-000000-10/events.jsonl', `${lines.join('\n')}\n`);
  for (const other of ['20200101-000000', '20200101-000000-9', '20191231-235959-11'])
    place.write(`outputs/odd/${other}/events.jsonl`, '');
  const {stdout} = await place.strata('logs', 'odd');
  expect(stdout).toBe(`outputs/odd/20200101-000000-10

id
   61.50 s  starts: never run (3 units, 1 of them known)
  123.00 s  norm took 2.0 s
  184.50 s  | hello
  246.00 s  attempt 1 failed; again in 4.0 s
            E505  too long
  307.50 s  failed after 9.0 s
            E503  stage "id" broke: no
            Error: no
                at work (a.js:1:2)

not finished after 10 s
`);
  place.write('outputs/odd/20200101-000000-10/events.jsonl', `${lines[0]!}\nnonsense\n${lines[1]!}\n`);
  expect((await place.strata('logs', 'odd')).stderr).toBe(
    `E712  ${place.path('outputs/odd/20200101-000000-10/events.jsonl')}:2: not an event\n`.replace(
      place.folder,
      place.folder,
    ),
  );
});
