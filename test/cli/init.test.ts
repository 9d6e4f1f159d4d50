import {spawn, spawnSync} from 'node:child_process';
import {existsSync, mkdirSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import sharp from 'sharp';
import {afterAll, describe, expect, it} from 'vitest';
import {loadCatalogue} from '../../src/cli/schemas.js';
import {measuresOf} from '../../src/cli/scaffold/measures.js';
import {askFor} from '../../src/cli/scaffold/questions.js';
import type {Wishes} from '../../src/cli/scaffold/wishes.js';
import {hasShared, shared} from '../rig/shared.js';
import {Workplace} from '../rig/strata.js';
import {matrixCsv} from '../stories/matrix.js';

const place = new Workplace();
afterAll(() => place.remove());
const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/** What `strata init` writes; it must be valid. */
async function written(name: string, ...args: string[]): Promise<string> {
  const made = await place.strata('init', name, '--yes', ...args);
  expect(made).toEqual({
    code: 0,
    stderr: '',
    stdout: expect.stringContaining(`wrote experiments/${name}.yaml\n`) as string,
  });
  const {code, stderr} = await place.strata('validate', `experiments/${name}.yaml`);
  expect({code, stderr}).toEqual({code: 0, stderr: ''});
  return place.read(`experiments/${name}.yaml`);
}

/** The lines of its stages, without comments. */
const stagesIn = (text: string): string[] =>
  text
    .split('stages:\n')[1]!
    .split('\n')
    .filter(line => !/^\s*(#|$)/.test(line))
    .map(line => line.trim());

const ran = async (name: string, ...overrides: string[]): Promise<Record<string, string>> => {
  const {code, stderr, outcomes} = await place.run(`experiments/${name}.yaml`, ...overrides);
  expect({code, stderr}).toEqual({code: 0, stderr: ''});
  return outcomes;
};

describe('strata init', () => {
  it('writes an experiment that explains itself, and runs', async () => {
    const text = await written('a-first-one');
    expect(text.replaceAll(root, 'STRATA'))
      .toBe(`# yaml-language-server: $schema=STRATA/schemas/experiment.schema.json
strata: 1 # version of the language
name: a-first-one # results go to outputs/a-first-one/
description: A first look at shapes by twonn, neighborhood-overlap.
seed: 0 # all random numbers follow from it

# Values to change from the command line: params.n=...
params:
  n: 600
  model: STRATA/models/shapes-vit/final.onnx

# A stage is a label, its kind, the stages it takes (from) and its parameters. Explained by: strata describe KIND NAME
stages:
  # Drawn pictures of twelve classes, 32 x 32 pixels; nothing is downloaded.
  shapes: {stage: load, source: shapes, n: '\${params.n}'}
  # How the model wants its pixels: read from preprocessor_config.json beside it.
  pixels: {stage: preprocess, from: shapes, preset: auto, model: '\${params.model}'}
  # The model runs once; of every layer named, the vector of the class token is kept.
  hidden: {stage: extract, from: pixels, model: '\${params.model}', layers: [blocks, norm], pool: cls}
  # All samples, and random halves and quarters of them, five of each.
  scales: {stage: decimate, from: hidden, fractions: [1, 0.5, 0.25], repeats: 5}
  # ${summaryOf('twonn')}
  id: {stage: metric, metric: twonn, from: scales}
  # ${summaryOf('neighborhood-overlap')}
  overlap: {stage: metric, metric: neighborhood-overlap, from: hidden, with: labels, k: 10}
  # One panel for each table, over the depth of the network.
  figure: {stage: plot, plot: profile, from: [id, overlap]}
`);
    const outcomes = await ran('a-first-one', 'params.n=72');
    expect(Object.values(outcomes).every(outcome => outcome === 'ran')).toBe(true);
  });

  it('looks at folders of images, one a class', async () => {
    for (const [i, name] of ['red', 'green', 'blue'].entries()) {
      mkdirSync(place.path(`pictures/${name}`), {recursive: true});
      for (let n = 0; n < 12; n++) {
        const background = {r: i === 0 ? 255 : 20 * n, g: i === 1 ? 255 : 3 * n, b: i === 2 ? 255 : n * n};
        const file = place.path(`pictures/${name}/${n}.png`);
        await sharp({create: {width: 20 + n, height: 24, channels: 3, background}})
          .png()
          .toFile(file);
      }
    }
    const text = await written('folder', '--data', 'image-folder', '--path', 'pictures');
    expect(text).toContain('\n  data: ../pictures # relative to this file\n');
    expect(stagesIn(text)).toEqual([
      "images: {stage: load, source: image-folder, path: '${params.data}'}",
      'pixels: {stage: preprocess, from: images, preset: unit, resize: [32, 32]}',
      'raw: {stage: extract, from: pixels}',
      'scales: {stage: decimate, from: raw, fractions: [1, 0.5, 0.25], repeats: 5}',
      'id: {stage: metric, metric: twonn, from: scales}',
      'overlap: {stage: metric, metric: neighborhood-overlap, from: raw, with: labels, k: 10}',
    ]);
    await ran('folder');
  });

  it('looks at a folder without classes, through a model', async () => {
    const args = [
      '--data',
      'image-folder',
      '--path',
      'pictures/red',
      '--model',
      'models/shapes-vit/final.onnx',
    ];
    const text = await written('flat', ...args, '--metric', 'twonn,neighborhood-overlap', 'cka');
    expect(stagesIn(text)).toEqual([
      "images: {stage: load, source: image-folder, path: '${params.data}'}",
      "pixels: {stage: preprocess, from: images, preset: auto, model: '${params.model}'}",
      "hidden: {stage: extract, from: pixels, model: '${params.model}', layers: [blocks, norm], pool: cls}",
      'id: {stage: metric, metric: twonn, from: hidden}',
      'overlap: {stage: metric, metric: neighborhood-overlap, from: hidden, with: next, k: 10}',
      'cka: {stage: metric, metric: cka, from: hidden}',
      'figure: {stage: plot, plot: profile, from: [id, overlap]}',
    ]);
  });

  it('looks at a matrix, and finds its labels, header and delimiter', async () => {
    place.write('with label.csv', matrixCsv(60));
    const text = await written('labelled', '--data', 'matrix', '--path', 'with label.csv');
    expect(text).toContain("\n  data: '../with label.csv' # relative to this file\n");
    expect(stagesIn(text)[0]).toBe(
      "data: {stage: load, source: matrix, path: '${params.data}', label: class}",
    );
    await ran('labelled');

    place.write('bare.tsv', '1\t2.5\n3\t4.5\n');
    expect(stagesIn(await written('bare', '--data', 'matrix', '--path', 'bare.tsv'))).toEqual([
      `data: {stage: load, source: matrix, path: '\${params.data}', header: false, delimiter: "\\t"}`,
      'scales: {stage: decimate, from: data, fractions: [1, 0.5, 0.25], repeats: 5}',
      'id: {stage: metric, metric: twonn, from: scales}',
    ]);
    place.write('labels.txt', 'a\nb\n');
    const file = ['--data', 'matrix', '--path', 'bare.tsv', '--labels', 'labels.txt', '--metric', 'linear'];
    expect(stagesIn(await written('by-file', ...file))[0]).toContain("labels: '${params.labels}'");
    const column = [...file.slice(0, 5), '0', '--metric', 'linear'];
    expect(stagesIn(await written('by-column', ...column))).toEqual([
      expect.stringContaining('delimiter: "\\t", label: 0}'),
      'probe: {stage: probe, probe: linear, from: data}',
    ]);
  });

  it('never overwrites', async () => {
    place.write('experiments/mine.yaml', 'mine');
    const {code, stdout, stderr} = await place.strata('init', 'mine', '--yes');
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toBe('E722  experiments/mine.yaml is there already\n   another name: strata init NAME\n');
    expect(place.read('experiments/mine.yaml')).toBe('mine');
  });

  it.each([
    [['--data', 'matrix'], 'E723  --data matrix needs --path'],
    [['--data', 'matrix', '--path', 'none.csv'], 'E301  there is no "none.csv"'],
    [['--data', 'matrix', '--path', 'experiments'], 'E301  not a file: experiments'],
    [
      ['--data', 'image-folder', '--path', 'experiments'],
      'E303  no JPEG, PNG or WebP files below experiments',
    ],
    [['--path', 'experiments'], 'E723  --path does not go with --data shapes'],
    [['--labels', 'y'], 'E723  --labels does not go with --data shapes'],
    [
      ['--metric', 'townn'],
      'E713  there is no metric "townn" for a first experiment\n   did you mean "twonn"?',
    ],
    [['--model', 'none.onnx'], 'E301  there is no "none.onnx"'],
    [['--model', 'experiments/quickstart.yaml'], 'E401'],
    [
      ['--data', 'matrix', '--path', 'bare.tsv', '--metric', 'neighborhood-overlap'],
      'E723  the metric neighborhood-overlap needs classes',
    ],
    [['--data', 'matrix', '--path', 'bare.tsv', '--model', 'm.onnx'], 'E723  a matrix is measured as it is'],
  ])('says what is wrong: %j', async (args, message) => {
    place.write('bare.tsv', '1\t2.5\n3\t4.5\n');
    const {code, stderr} = await place.strata('init', 'wrong', '--yes', ...args);
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
    expect(existsSync(place.path('experiments/wrong.yaml'))).toBe(false);
  });

  it('does not take what cannot be a name', async () => {
    const {code, stderr} = await place.strata('init', 'a/b', '--yes');
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining('E114  "a/b" cannot be the name of an experiment'),
    ]);
  });

  describe.skipIf(!hasShared)('with real data and models', () => {
    const asset = (path: string): string => shared(`assets/${path}`);
    const cifar = ['--data', 'cifar', '--path', asset('data/cifar-10-batches-bin')];
    it.each([
      [
        'vit',
        [...cifar, '--model', asset('models/vit_tiny_patch16_224_in1k.w16.onnx')],
        ['preset: imagenet-224}', 'layers: [blocks, norm], pool: cls}'],
      ],
      [
        'resnet',
        [...cifar, '--model', asset('models/resnet20_cifar10.onnx')],
        ['preset: cifar}', 'layers: blocks, pool: mean}'],
      ],
      [
        'squeezenet',
        [
          '--data',
          'image-folder',
          '--path',
          asset('data/imagenet_256'),
          '--model',
          asset('models/squeezenet1.0_in1k.onnx'),
        ],
        ['preset: imagenet-224, resize: 227, crop: 227}', 'pool: mean}'],
      ],
      [
        'digits',
        [
          '--data',
          'idx',
          '--path',
          asset('data/mnist/t10k-images-idx3-ubyte.gz'),
          '--model',
          asset('models/mnist_epochs/mnist_tinyvgg_epoch01.onnx'),
        ],
        ['preset: unit, channels: grey}', 'pool: mean}'],
      ],
    ])('finds how the model wants its pixels, and its layers: %s', async (name, args, parts) => {
      const [, pixels, hidden] = stagesIn(await written(name, ...args));
      expect(pixels).toContain(parts[0]);
      expect(hidden).toContain(parts[1]);
    });

    it('and it runs', async () => {
      await written('tiny-vit', ...cifar, '--model', asset('models/vnncomp_vit_pgd_2_3_16_cifar10.onnx'));
      await ran('tiny-vit', 'params.n=100');
    });
  });
});

function summaryOf(metric: string): string {
  return loadCatalogue().stages.find(s => s.name === metric)!.summary;
}

describe('the questions', () => {
  /** Asks with these answers; gives what was asked and told, and what came of it. */
  const talk = async (wishes: Wishes, ...answers: string[]): Promise<{said: string[]; result: Wishes}> => {
    const said: string[] = [];
    const left = [...answers];
    const result = await askFor(wishes, measuresOf(loadCatalogue()), {
      ask: question => {
        said.push(question);
        const answer = left.shift();
        return answer === undefined
          ? Promise.reject(new Error(`no answer to ${question}`))
          : Promise.resolve(answer);
      },
      tell: text => void said.push(text),
    });
    expect(left).toEqual([]);
    return {said, result};
  };

  it('take what is usual for an empty answer', async () => {
    const {said, result} = await talk({}, '', '', '');
    expect(said.filter(text => text.endsWith(': '))).toEqual([
      'data: shapes, image-folder, idx, cifar, matrix [shapes]: ',
      'which [twonn, neighborhood-overlap]: ',
      'name of the experiment [first]: ',
    ]);
    expect(result).toEqual({data: 'shapes', metric: ['twonn', 'neighborhood-overlap'], name: 'first'});
  });

  it('are put again after an answer that cannot be used', async () => {
    const file = place.write('ask.csv', '1,2\n3,4\n');
    const {said, result} = await talk(
      {data: 'matrix'},
      'nowhere.csv',
      file,
      '',
      'linear',
      'twonn',
      '../x',
      'mine-2',
    );
    expect(said.filter(text => text.startsWith('  '))).toEqual([
      '  there is no "nowhere.csv"; expected: file of vectors (.csv, .tsv, .npy, .arrow, .parquet)\n',
      '  the metric linear needs classes, and the data have none\n',
      '  "../x" cannot be the name of an experiment; letters, digits, ".", "_" and "-", a letter or digit first\n',
    ]);
    expect(result).toEqual({data: 'matrix', path: file, metric: ['twonn'], name: 'mine-2'});
  });

  it('are not put where a flag answers', async () => {
    const wishes: Wishes = {
      data: 'matrix',
      path: place.write('c.csv', 'a,class\n1,2\n'),
      metric: ['twonn'],
      name: 'n',
    };
    expect(await talk(wishes)).toEqual({said: [], result: wishes});
  });
});

/** `script` of util-linux gives a command a terminal. */
const hasScript = spawnSync('script', ['--version']).status === 0;

describe.skipIf(!hasScript)('at a terminal', () => {
  /** Types each answer when the question has been put; gives the exit code. */
  const type = (...exchange: [question: string, answer: string][]): Promise<number | null> => {
    const command = `${process.execPath} ${root}/bin/strata.js init`;
    const child = spawn('script', ['-qec', command, '/dev/null'], {cwd: place.folder});
    let shown = '';
    child.stdout.on('data', (text: Buffer) => {
      shown += text.toString();
      const next = exchange[0];
      if (next === undefined || !shown.includes(next[0])) return;
      shown = '';
      exchange.shift();
      child.stdin.write(next[1]);
    });
    return new Promise(resolve => child.on('close', resolve));
  };

  it('asks', async () => {
    const code = await type(['data: ', '\n'], ['which ', 'twonn\n'], ['name ', 'typed\n']);
    expect(code).toBe(0);
    expect(stagesIn(place.read('experiments/typed.yaml')).at(-1)).toBe(
      'figure: {stage: plot, plot: profile, from: [id]}',
    );
  });

  it('writes nothing after Ctrl-C', async () => {
    expect(await type(['data: ', '\n'], ['which ', '\x03'])).toBe(130);
    expect(existsSync(place.path('experiments/first.yaml'))).toBe(false);
  });
});
