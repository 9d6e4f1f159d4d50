import {copyFileSync, existsSync, rmSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {buildModel} from '../../src/onnx/build.js';
import type {Event} from '../../src/runner/events.js';
import {npy, npz} from '../rig/npz.js';
import {Workplace, until} from '../rig/strata.js';
import {MATRIX, matrixCsv} from './matrix.js';

const place = new Workplace();
afterAll(() => place.remove());
const fixture = (name: string): string => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));

/** What a command says, with paths from the folder it ran in. */
const local = (text: string): string => text.replaceAll(`${place.folder}/`, '');

/** A small network of convolutions over 3 x 32 x 32 pixels; the attributes are those of its Relu. */
function cnn(attributes: Readonly<Record<string, number>> = {}): Uint8Array {
  const weights = (count: number): Float32Array => Float32Array.from({length: count}, (_, i) => Math.sin(i));
  return buildModel({
    inputs: [{name: 'x', type: 'float32', shape: ['n', 3, 32, 32]}],
    outputs: [{name: 'y', type: 'float32', shape: ['n', 12]}],
    nodes: [
      {op: 'Conv', inputs: ['x', 'w'], outputs: ['c'], attributes: {strides: [2, 2], pads: [1, 1, 1, 1]}},
      {op: 'Relu', inputs: ['c'], outputs: ['r'], attributes},
      {op: 'GlobalAveragePool', inputs: ['r'], outputs: ['g']},
      {op: 'Flatten', inputs: ['g'], outputs: ['f']},
      {op: 'Gemm', inputs: ['f', 'head'], outputs: ['y']},
    ],
    initializers: {
      w: {data: weights(4 * 27), shape: [4, 3, 3, 3]},
      head: {data: weights(48), shape: [4, 12]},
    },
  });
}

/** A file of `records` grey images of 4 x 4 in IDX; the header tells of 10. */
function idx(records: number): Uint8Array {
  const bytes = Buffer.alloc(16 + 16 * records, 7);
  [0x803, 10, 4, 4].forEach((value, i) => bytes.writeUInt32BE(value, 4 * i));
  return bytes;
}

const PIXELS = `
  shapes: {stage: load, source: shapes, n: 24}
  pixels: {stage: preprocess, from: shapes, preset: unit}`;
const extract = (rest: string): string => `${PIXELS}
  hidden: {stage: extract, from: pixels, ${rest}}
  after: {stage: metric, metric: anisotropy, from: hidden}`;

/** Numbers of layers. */
const NUMBERS = Float32Array.from({length: 6 * 4 * 4}, (_, i) => Math.sin(i * i));

/** What to do about layers that keep their tokens where they must not. */
const ONE_VECTOR =
  'extract it with pool: cls, mean, max, flatten or token:k; of layers that are loaded, save one vector of each sample, such as x[:, 0]';

/** What is said of a stage of `failing.yaml`, at the place of its label. */
function atLabel(says: string, label: string): string {
  const lines = place.read('failing.yaml').split('\n');
  const at = lines.findIndex(line => line.startsWith(`  ${label}:`));
  const [message, ...rest] = says.split('\n');
  const number = String(at + 1);
  return [
    message!.replace('  ', ` failing.yaml:${number}:3  `),
    `   ${number} | ${lines[at]!}`,
    `   ${number.replaceAll(/./g, ' ')} |   ${'~'.repeat(label.length)}`,
    ...rest,
  ].join('\n');
}

interface Failure {
  readonly what: string;
  readonly stages: string;
  /** The stage that fails. */
  readonly fails: string;
  readonly says: string;
  /** Makes the experiment run: other stages, or a change of the files that it reads. */
  readonly repair: string | (() => void);
}

const FAILURES: readonly Failure[] = [
  {
    what: 'a model that ONNX Runtime refuses',
    stages: extract('model: refused.onnx, layers: head'),
    fails: 'hidden',
    says: 'E402  refused.onnx: refused by ONNX Runtime 1.30.0: This is an invalid model. In Node, ("", Relu, "", -1) : ("c": tensor(float),) -> ("r",) , Error Unrecognized attribute: slope for operator Relu',
    repair: extract('model: cnn.onnx, layers: head'),
  },
  {
    what: 'an empty model file',
    stages: extract('model: empty.onnx'),
    fails: 'hidden',
    says: `E401  empty.onnx: not an ONNX model: no graph with outputs in its 0 bytes
   the file is empty`,
    repair: extract('model: cnn.onnx, layers: head'),
  },
  {
    what: 'a pattern of layers that matches none',
    stages: extract('model: cnn.onnx, layers: [head, "block.*"]'),
    fails: 'hidden',
    says: `E403  no layer matches "block.*" in cnn.onnx
   did you mean "blocks"?
   there are: input, embed, blocks.0, stages.0, pooled, head`,
    repair: extract('model: cnn.onnx, layers: [head, "blocks.*"], pool: mean'),
  },
  {
    what: 'the class token of a map of a CNN',
    stages: extract('model: cnn.onnx, layers: blocks'),
    fails: 'hidden',
    says: `E501  cnn.onnx: "blocks.0" is a map of 256 positions and has no class token
   use pool: mean (over space), max, flatten or tokens`,
    repair: extract('model: cnn.onnx, layers: blocks, pool: mean'),
  },
  {
    what: 'pixels that a model does not take',
    stages: extract('model: cnn.onnx, layers: head').replace('unit', 'unit, resize: [16, 16]'),
    fails: 'hidden',
    says: `E404  cnn.onnx takes float32[n, 3, 32, 32] as "x"; the pixels are float32[batch, 3, 16, 16]
   choose the preset or the resize, crop and channels of the preprocess stage to fit the model`,
    repair: extract('model: cnn.onnx, layers: head'),
  },
  {
    what: 'vectors for every token where one is needed',
    stages: extract('model: cnn.onnx, layers: blocks, pool: tokens'),
    fails: 'after',
    says: `E501  layer "blocks.0" has 256 vectors for each sample; this stage needs one
   ${ONE_VECTOR}`,
    repair: extract('model: cnn.onnx, layers: blocks, pool: max'),
  },
  {
    what: 'vectors for every token that were loaded',
    stages: `
  data: {stage: load, source: activations, path: tokens.npz}
  after: {stage: metric, metric: anisotropy, from: data}`,
    fails: 'after',
    says: `E501  layer "x" has 3 vectors for each sample; this stage needs one
   ${ONE_VECTOR}`,
    repair: () => void place.write('tokens.npz', npz({x: npy([6, 4], NUMBERS.slice(0, 24))})),
  },
  {
    what: 'clusters of tokens where there are none',
    stages: `
  data: {stage: load, source: matrix, path: data.csv, label: class}
  decay: {stage: metric, metric: spectrum-alpha, from: data}
  clusters: {stage: metric, metric: token-clusters, from: decay}`,
    fails: 'clusters',
    says: `E501  table "decay" has no rows of tokens
   measure layers that keep their tokens: extract them with pool: tokens, or load arrays of (samples, tokens, dim) by source: activations`,
    repair: `
  data: {stage: load, source: matrix, path: data.csv, label: class}
  square: {stage: load, source: activations, path: square.npz}
  decay: {stage: metric, metric: spectrum-alpha, from: square}
  clusters: {stage: metric, metric: token-clusters, from: decay, k: [2]}`,
  },
  {
    what: 'a folder without images',
    stages: `
  photos: {stage: load, source: image-folder, path: photos}
  pixels: {stage: preprocess, from: photos, preset: unit}`,
    fails: 'photos',
    says: `E303  photos: no JPEG, PNG or WebP file below this folder
   is the path right?`,
    repair: () => copyFileSync(fixture('images/grey.png'), place.path('photos/grey.png')),
  },
  {
    what: 'a truncated IDX file',
    stages: `
  digits: {stage: load, source: idx, images: digits.idx}
  pixels: {stage: preprocess, from: digits, preset: unit}`,
    fails: 'digits',
    says: 'E302  digits.idx: truncated in record 9 of 10: ends at byte 160 of 176',
    repair: () => void place.write('digits.idx', idx(10)),
  },
  {
    what: 'samples without labels in front of a probe',
    stages: `
  data: {stage: load, source: matrix, path: bare.csv}
  probe: {stage: probe, probe: linear, from: data}`,
    fails: 'probe',
    says: `E304  a probe needs a label for every sample; "0" has none
   load the data with labels: by folder, pattern, or a file of labels`,
    repair: `
  data: {stage: load, source: matrix, path: data.csv, label: class}
  probe: {stage: probe, probe: linear, from: data}`,
  },
  {
    what: 'a fraction that leaves too few samples',
    stages: `
  data: {stage: load, source: matrix, path: data.csv, label: class}
  scales: {stage: decimate, from: data, fractions: [1, 0.05]}
  id: {stage: metric, metric: twonn, from: scales}`,
    fails: 'scales',
    says: `E501  fraction 0.05 of 60 samples leaves 3, fewer than 4
   leave out the smallest fractions, or load more samples`,
    repair: `
  data: {stage: load, source: matrix, path: data.csv, label: class}
  scales: {stage: decimate, from: data, fractions: [1, 0.1]}
  id: {stage: metric, metric: twonn, from: scales}`,
  },
  {
    what: 'a number that is none',
    stages: `
  data: {stage: load, source: matrix, path: dirty.csv}`,
    fails: 'data',
    says: `E302  dirty.csv: row 1 (line 3, byte 8), column b: "four" is not a number
   if it belongs to a header or to labels, set "header: true" or "label"`,
    repair: () => void place.write('dirty.csv', 'a,b\n1,2\n3,4\n'),
  },
];

/** The first failure of each kind of stage. */
const FIRST = new Map(
  FAILURES.toReversed().map(failure => {
    const [, kind] = new RegExp(`^  ${failure.fails}: \\{stage: (\\w+)`, 'm').exec(failure.stages)!;
    return [kind, failure.what];
  }),
);
test('failures of all kinds of stages', () => {
  expect([...FIRST.keys()].sort()).toEqual(['decimate', 'extract', 'load', 'metric', 'probe']);
});

describe('a stage that fails', () => {
  beforeAll(() => {
    place.write('cnn.onnx', cnn());
    place.write('refused.onnx', cnn({slope: 2}));
    place.write('empty.onnx', '');
    place.write('photos/notes.txt', 'to come');
    place.write('digits.idx', idx(9));
    place.write('tokens.npz', npz({x: npy([6, 3, 4], NUMBERS.slice(0, 72))}));
    place.write('square.npz', npz({x: npy([6, 4, 4], NUMBERS)}));
    place.write('data.csv', matrixCsv(60));
    place.write('bare.csv', 'a,b\n1,2\n3,4\n5,7\n');
    place.write('dirty.csv', 'a,b\n1,2\n3,four\n');
  });

  test.each(FAILURES)('$what', async ({what, stages, fails, says, repair}) => {
    rmSync(place.path('outputs'), {recursive: true, force: true});
    const name = what.replaceAll(/[^A-Za-z]+/g, '-');
    const write = (text: string): string =>
      place.write('failing.yaml', `strata: 1\nname: ${name}\nstages:${text}\n`);
    write(stages);
    const {code, stdout, stderr} = await place.strata('run', '--jobs', '1', 'failing.yaml');
    expect(local(stdout)).toContain(`\n\n${atLabel(says, fails)}\n`);
    expect(stderr).toBe('');
    expect(code).toBe(1);

    // The record tells how far it came, and nothing in the store can be taken for the result.
    const {ok, stages: records} = place.record(name);
    expect(ok).toBe(false);
    expect(records[fails]).toMatchObject({outcome: 'failed', parts: []});
    const before = Object.keys(records).slice(0, Object.keys(records).indexOf(fails));
    for (const [label, {outcome}] of Object.entries(records))
      if (label !== fails) expect(outcome, label).toBe(before.includes(label) ? 'ran' : 'skipped');
    const results = [...place.results().values()];
    expect(results.filter(m => m.record['unit'] !== true).map(m => m.key)).toEqual(
      expect.arrayContaining(before.map(label => records[label]!.key)),
    );
    expect(results.map(m => m.key)).not.toContain(records[fails]!.key);
    const events = place.read(`outputs/${name}/latest/events.jsonl`).trimEnd().split('\n');
    expect(events.map(line => JSON.parse(line) as Event).at(-1)).toMatchObject({
      type: 'run-finished',
      ok: false,
    });

    // Without a change it fails again. Repaired, it goes on from there.
    if ([...FIRST.values()].includes(what)) {
      const again = await place.run('failing.yaml');
      expect(again.code).toBe(1);
      expect(again.outcomes[fails]).toBe('failed');
      expect(again.reasons[fails]).toBe('it failed the last time');
      for (const label of before) expect(again.outcomes[label]).toBe('cached');
    }
    if (typeof repair === 'string') write(repair);
    else repair();
    const repaired = await place.run('failing.yaml');
    expect(repaired.code).toBe(0);
    expect(repaired.outcomes[fails]).toBe('ran');
    const kept = typeof repair === 'string' ? stages.split('\n').filter(l => repair.includes(l)) : [];
    for (const label of before)
      if (kept.some(line => line.startsWith(`  ${label}:`)))
        expect(repaired.outcomes[label], label).toBe('cached');
  });
});

describe('what is refused before anything runs', () => {
  const yaml = (stages: string): string => `strata: 1\nname: refused\nstages:${stages}\n`;

  test.each<[what: string, experiment: string, code: number, says: string]>([
    [
      'an unknown parameter',
      yaml('\n  data: {stage: load, source: matrix, pathe: data.csv}'),
      2,
      `E104 refused.yaml:4:39  unknown parameter "pathe" for load "matrix"
   4 |   data: {stage: load, source: matrix, pathe: data.csv}
     |                                       ~~~~~
   did you mean "path"?
`,
    ],
    [
      'a model that is not there, twice',
      yaml(extract('model: nets/none.onnx').replace('preset: unit', 'preset: auto, model: nets/none.onnx')),
      2,
      `E301 refused.yaml:5:66  no preprocessor_config.json beside none.onnx, which preset: auto needs
   5 |   pixels: {stage: preprocess, from: shapes, preset: auto, model: nets/none.onnx}
     |                                                                  ~~~~~~~~~~~~~~
   expected nets/preprocessor_config.json; or name a preset: imagenet-224, clip-224, vit-224, cifar, none

E401 refused.yaml:6:49  nets/none.onnx: no such file
   6 |   hidden: {stage: extract, from: pixels, model: nets/none.onnx}
     |                                                 ~~~~~~~~~~~~~~
`,
    ],
    [
      'a model that is a text',
      yaml(extract('model: data.csv')),
      2,
      `E401 refused.yaml:6:49  data.csv: not an ONNX model, or damaged: wire type 4, which no ONNX field has at byte 2
   6 |   hidden: {stage: extract, from: pixels, model: data.csv}
     |                                                 ~~~~~~~~
`,
    ],
    [
      'a data file that is not there',
      yaml('\n  data: {stage: load, source: matrix, path: dat.csv}'),
      2,
      `E301 refused.yaml:4:45  no such file: dat.csv
   4 |   data: {stage: load, source: matrix, path: dat.csv}
     |                                             ~~~~~~~
`,
    ],
    [
      'a folder in place of a file',
      yaml('\n  data: {stage: load, source: matrix, path: models}'),
      2,
      `E301 refused.yaml:4:45  not a file: models
   4 |   data: {stage: load, source: matrix, path: models}
     |                                             ~~~~~~
`,
    ],
  ])('%s', async (_what, experiment, wanted, says) => {
    rmSync(place.path('outputs'), {recursive: true, force: true});
    place.write('data.csv', matrixCsv(60));
    place.write('refused.yaml', experiment);
    for (const command of ['run', 'plan']) {
      const {code, stdout, stderr} = await place.strata(command, 'refused.yaml');
      expect(local(stderr)).toBe(says);
      // A file that is missing does not keep the rest of the plan from being told.
      expect(stdout === '').toBe(command === 'run' || says.startsWith('E1'));
      expect(code).toBe(wanted);
    }
    expect(existsSync(place.path('outputs'))).toBe(false);
  });
});

describe('what is in the way', () => {
  beforeAll(() => {
    place.write('data.csv', matrixCsv(60));
    place.write('matrix.yaml', MATRIX);
  });

  test('a file where the store should be', async () => {
    place.write('file', '');
    const {code, stdout, stderr} = await place.startIn({STRATA_STORE: 'file'}, 'run', 'matrix.yaml').finished;
    expect(local(stderr)).toBe(
      'E601  cannot use the store: not a directory (open file/format.json)\n' +
        '   check the permissions and the space of its file system, or choose another with STRATA_STORE\n',
    );
    expect(stdout).toBe('');
    expect(code).toBe(3);
  });

  test('a file where the outputs should be', async () => {
    rmSync(place.path('outputs'), {recursive: true, force: true});
    place.write('outputs', '');
    const {code, stderr} = await place.startIn({STRATA_STORE: 'store'}, 'run', 'matrix.yaml').finished;
    expect(local(stderr)).toBe(
      'E714  cannot write to outputs/matrix: not a directory\n' +
        '   run in a folder where outputs/ can be made and written to\n',
    );
    expect(code).toBe(2);
    rmSync(place.path('outputs'));
  });

  test('a store of a newer version', async () => {
    place.write('newer/format.json', '{"format": 2}');
    const {code, stderr} = await place.startIn({STRATA_STORE: 'newer'}, 'run', 'matrix.yaml').finished;
    expect(local(stderr)).toBe(
      'E602  the store newer has format 2; this version of Strata reads format 1\n' +
        '   use a newer Strata, or another store with STRATA_STORE\n',
    );
    expect(code).toBe(3);
  });

  test('a run folder that somebody has removed is no obstacle', async () => {
    expect((await place.run('matrix.yaml')).code).toBe(0);
    rmSync(place.path(`outputs/matrix/${place.runs('matrix')[0]!}`), {recursive: true});
    const {code, outcomes} = await place.run('matrix.yaml');
    expect(code).toBe(0);
    expect(new Set(Object.values(outcomes))).toEqual(new Set(['cached']));
    expect(place.record('matrix').ok).toBe(true);
  });

  test('a data file that changes while it is read: the result is thrown away', async () => {
    const file = place.write('data.csv', matrixCsv(60, {from: 5}));
    const started = place.startIn({STRATA_TEST_HOLD: file}, 'run', 'matrix.yaml');
    await until(() => existsSync(`${file}.held`));
    const before = place.results().size;
    place.write('data.csv', matrixCsv(60, {from: 6}));
    place.write('data.csv.go', '');
    const {code, stdout} = await started.finished;
    expect(local(stdout)).toContain(
      'E502 matrix.yaml:6:3  data.csv changed while "data" was reading it; its result was thrown away\n' +
        '   6 |   data: {stage: load, source: matrix, path: data.csv, label: class}\n' +
        '     |   ~~~~\n' +
        '   run again when the file no longer changes\n',
    );
    expect(code).toBe(1);
    expect(place.results().size).toBe(before);
    expect((await place.run('matrix.yaml')).code).toBe(0);
  });

  test('a table that the run does not have', async () => {
    const {code, stderr} = await place.strata('show', 'matrix', 'ids');
    const run = place.record('matrix').run;
    expect(stderr).toBe(`E713  run ${run} has no table of a stage "ids"\n   did you mean "id"?\n`);
    expect(code).toBe(2);
  });

  test.each([
    [['show', 'nope'], 'E711  no run "nope" in outputs/\n   experiments that have runs: matrix\n'],
    [['describe', 'metrics'], 'E713  there is no stage "metrics"\n   did you mean "metric"?\n'],
    [['describe', 'metric', 'twon'], 'E713  there is no metric "twon"\n   did you mean "twonn"?\n'],
    [
      ['inspect', 'nope.onnx'],
      "E401  cannot read the model nope.onnx: ENOENT: no such file or directory, open 'nope.onnx'\n",
    ],
    [['run', 'nope.yaml'], 'E009  there is no file nope.yaml\n   looked for nope.yaml\n'],
    [['run'], "error: missing required argument 'file'\n(strata --help shows all commands)\n"],
    [['rum'], "error: unknown command 'rum'\n(Did you mean run?)\n(strata --help shows all commands)\n"],
    [
      ['run', 'matrix.yaml', '--jsn'],
      "error: unknown option '--jsn'\n(Did you mean --json?)\n(strata --help shows all commands)\n",
    ],
  ])('%j', async (args, says) => {
    const {code, stdout, stderr} = await place.strata(...args);
    expect(local(stderr)).toBe(says);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });
});
