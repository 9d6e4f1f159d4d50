import {
  chmodSync,
  cpSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {ran, Workplace, type Ran} from '../rig/strata.js';
import {matrixCsv} from './matrix.js';

const NUMBERS = `strata: 1
name: numbers
description: As it was.
seed: 1
stages:
  rows: {stage: load, source: matrix, path: data/rows.csv, label: class}
  other: {stage: load, source: matrix, path: data/other.csv, label: "3"}
  some: {stage: load, source: matrix, path: data/rows.csv, label: class, sample: {n: 40}}
  cloud: {stage: load, source: manifold, n: 40, noise: 0}
  scales: {stage: decimate, from: rows, fractions: [1, 0.5], repeats: 2}
  id: {stage: metric, metric: twonn, from: scales, fraction: 0.9}
  gt: {stage: metric, metric: neighborhood-overlap, from: rows, with: labels, k: 10}
  few: {stage: metric, metric: anisotropy, from: some}
  flat: {stage: metric, metric: anisotropy, from: cloud}
  imbalance: {stage: metric, metric: information-imbalance, from: {a: rows, b: other}}
  figure: {stage: plot, plot: profile, from: [few, flat]}
`;

const PICTURES = `strata: 1
name: pictures
stages:
  pictures: {stage: load, source: image-folder, path: data/pictures, pattern: '(?<class>[ab])/|é'}
  light: {stage: metric, metric: image-statistics, from: pictures}
  pixels: {stage: preprocess, from: pictures, preset: auto, model: nets/net.onnx}
  hidden: {stage: extract, from: pixels, model: nets/net.onnx, layers: [blocks.1, norm], pool: cls}
  spread: {stage: metric, metric: anisotropy, from: hidden}
`;

const image = (name: string): Buffer =>
  readFileSync(fileURLToPath(new URL(`../fixtures/images/${name}`, import.meta.url)));
const ROWS = matrixCsv(60);
const OTHER = matrixCsv(60, {from: 7}).replace('class', '3');

const place = new Workplace();
afterAll(() => place.remove());

/** Everything as it was when the experiments first ran. */
function restore(): void {
  for (const name of ['data', 'nets', 'moved']) rmSync(place.path(name), {recursive: true, force: true});
  place.write('numbers.yaml', NUMBERS);
  place.write('pictures.yaml', PICTURES);
  place.write('data/rows.csv', ROWS);
  place.write('data/other.csv', OTHER);
  place.write('data/pictures/a/one.png', image('grey.png'));
  place.write('data/pictures/a/two.png', image('palette.png'));
  place.write('data/pictures/b/three.jpg', image('landscape.jpg'));
  cpSync(place.path('models/shapes-vit/final.onnx'), place.path('nets/net.onnx'));
  const config = 'preprocessor_config.json';
  cpSync(place.path(`models/shapes-vit/${config}`), place.path(`nets/${config}`));
}

/** What the first runs left; every change starts from it. */
const KEPT = 'kept';

beforeAll(async () => {
  restore();
  for (const name of ['numbers', 'pictures']) {
    const {code, outcomes, stdout} = await place.run(`${name}.yaml`);
    expect(code, stdout).toBe(0);
    expect(new Set(Object.values(outcomes))).toEqual(new Set(['ran']));
  }
  renameSync(place.path('outputs'), place.path(KEPT));
}, 60_000);

interface Change {
  readonly what: string;
  /** Texts of the experiment that become others. */
  readonly edit?: readonly (readonly [from: string, to: string])[];
  /** What else is done. */
  readonly change?: () => void;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** The file that is run, if it is another. */
  readonly file?: string;
  /** The stages that must run, and why. All others are known when the run begins or turn out to be: see `cutOff`. */
  readonly runs?: Readonly<Record<string, string>>;
  /** The stages that wait for others and are then known. */
  readonly cutOff?: readonly string[];
}

/** Makes a change, runs, and says what was not found when the run began; neighbour tables, which nobody wrote, aside. */
async function runChanged(
  name: string,
  text: string,
  {edit = [], change, args = [], env = {}, file}: Change,
): Promise<Ran> {
  restore();
  rmSync(place.path('outputs'), {recursive: true, force: true});
  cpSync(place.path(KEPT), place.path('outputs'), {recursive: true, verbatimSymlinks: true});
  const edited = edit.reduce((t, [from, to]) => {
    expect(t).toContain(from);
    return t.replaceAll(from, to);
  }, text);
  place.write(`${name}.yaml`, edited);
  change?.();
  return ran(await place.startIn(env, 'run', '--json', file ?? `${name}.yaml`, ...args).finished);
}

function checkChanged({code, stdout, outcomes, reasons}: Ran, {runs = {}, cutOff = []}: Change): void {
  expect(code, stdout).toBe(0);
  const written = Object.entries(outcomes).filter(([label, how]) => how !== 'cached' && !label.includes('~'));
  expect(Object.fromEntries(written)).toEqual({
    ...Object.fromEntries(Object.keys(runs).map(label => [label, 'ran'])),
    ...Object.fromEntries(cutOff.map(label => [label, 'cut-off'])),
  });
  expect(reasons).toMatchObject(runs);
}

/** All that depends on data/rows.csv, when every number of it may be another. */
const ROWS_CHANGED = {
  rows: 'params.path: file changed',
  some: 'params.path: file changed',
  few: 'some changed',
  scales: 'rows changed',
  id: 'scales changed: samples, input',
  gt: 'rows changed',
  imbalance: 'rows changed',
  figure: 'few changed',
};
const OF_NUMBERS: readonly Change[] = [
  {what: 'nothing'},

  // The text of the experiment.
  {what: 'a comment and spaces', edit: [['seed: 1\n', 'seed:   1 # as ever\n\n\n']]},
  {what: 'line ends of Windows', edit: [['\n', '\r\n']]},
  {what: 'another description', edit: [['As it was.', 'As it is.']]},
  {what: 'another name of the experiment', edit: [['name: numbers', 'name: figures']]},
  {
    what: 'keys in another order',
    edit: [
      [
        '{stage: metric, metric: twonn, from: scales, fraction: 0.9}',
        '{fraction: 0.9, from: scales, metric: twonn, stage: metric}',
      ],
    ],
  },
  {
    what: 'stages in another order',
    change: () => {
      const [head, stages] = NUMBERS.split('stages:\n');
      place.write('numbers.yaml', `${head!}stages:\n${stages!.trimEnd().split('\n').reverse().join('\n')}\n`);
    },
  },
  {what: '10 and 10.0', edit: [['k: 10', 'k: 10.0']]},
  {what: '0.9 and 9e-1', edit: [['fraction: 0.9', 'fraction: 9e-1']]},
  {what: '1 and 1.0 in a list, 0.5 and .5', edit: [['[1, 0.5]', '[1.0, .5]']]},
  {what: 'a text in quotes', edit: [['with: labels', 'with: "labels"']]},
  {what: 'a parameter left to its default', edit: [[', fraction: 0.9', '']]},
  {
    what: 'a parameter set to its default',
    edit: [['metric: anisotropy', 'metric: anisotropy, centre: true']],
  },
  {
    what: 'a map set to its defaults',
    edit: [['path: data/other.csv', 'path: data/other.csv, sample: {n: null, seed: null}']],
  },
  {what: 'a port by its name', edit: [['from: rows, with', 'from: {a: rows}, with']]},
  {
    what: 'a value by reference',
    edit: [
      ['seed: 1\n', 'seed: 1\nparams: {k: 10}\n'],
      ['k: 10}\n  few', "k: '${params.k}'}\n  few"],
    ],
  },
  {
    what: 'a value from the environment',
    edit: [
      ['seed: 1\n', 'seed: 1\nenv: [NEIGHBORS]\n'],
      ['k: 10', "k: '${env:NEIGHBORS}'"],
    ],
    env: {NEIGHBORS: '10'},
  },
  {
    what: 'extends in place of the whole',
    change: () => {
      place.write('moved/base.yaml', NUMBERS.replaceAll('data/', '../data/').replace('k: 10', 'k: 3'));
      place.write(
        'numbers.yaml',
        'strata: 1\nname: numbers\nextends: moved/base.yaml\nstages: {gt: {k: 10}}\n',
      );
    },
  },
  {what: 'an override to what it is', args: ['stages.gt.k=10']},

  // What is run, and where.
  {
    what: 'a stage taken away that nothing needs',
    edit: [['  gt: {stage: metric, metric: neighborhood-overlap, from: rows, with: labels, k: 10}\n', '']],
  },
  {
    what: 'other labels, where nothing is drawn or shown',
    edit: [
      ['  rows: ', '  table: '],
      ['from: rows', 'from: table'],
      ['a: rows', 'a: table'],
      ['  gt: ', '  overlap: '],
    ],
  },
  {
    what: 'another language and time zone',
    env: {LC_ALL: 'tr_TR.UTF-8', LANG: 'tr_TR.UTF-8', TZ: 'Pacific/Kiritimati'},
  },
  {what: 'another number of cores', env: {STRATA_TEST_CORES: '7'}},
  {
    what: 'a folder moved with all in it',
    file: 'moved/numbers.yaml',
    change: () => {
      mkdirSync(place.path('moved'));
      for (const name of ['numbers.yaml', 'data']) renameSync(place.path(name), place.path(`moved/${name}`));
    },
  },

  // The files that are read.
  {what: 'a file touched', change: () => utimesSync(place.path('data/rows.csv'), 1, 2)},
  {
    what: 'a file that may be read by its owner alone',
    change: () => chmodSync(place.path('data/rows.csv'), 0o600),
  },
  {
    what: 'a file of another name',
    edit: [['data/rows.csv', 'data/lines.csv']],
    change: () => renameSync(place.path('data/rows.csv'), place.path('data/lines.csv')),
  },
  {what: 'a path written in another way', edit: [['path: data/rows.csv', 'path: ./data/../data/rows.csv']]},
  {
    what: 'a file through a link',
    edit: [['path: data/rows.csv', 'path: data/link.csv']],
    change: () => symlinkSync('rows.csv', place.path('data/link.csv')),
  },
  {
    what: 'names of the same letters in two Unicode forms',
    edit: [['path: data/rows.csv', `path: "data/${'é'.normalize('NFD')}.csv"`]],
    change: () => renameSync(place.path('data/rows.csv'), place.path(`data/${'é'.normalize('NFD')}.csv`)),
  },
  {
    what: 'an edit that keeps size and date',
    change: () => {
      const {atime, mtime} = statSync(place.path('data/rows.csv'));
      place.write('data/rows.csv', matrixCsv(60, {from: 9}));
      utimesSync(place.path('data/rows.csv'), atime, mtime);
      expect(statSync(place.path('data/rows.csv'))).toMatchObject({size: ROWS.length, mtime});
    },
    runs: ROWS_CHANGED,
  },
  {
    what: 'the same numbers with more digits',
    change: () => place.write('data/other.csv', OTHER.replace(/(0\.\d+)/g, '$10')),
    runs: {other: 'params.path: file changed'},
    cutOff: ['imbalance'],
  },
  {
    what: 'two files in each other’s place',
    change: () => {
      place.write('data/rows.csv', OTHER.replace('3\n', 'class\n'));
      place.write('data/other.csv', ROWS.replace('class\n', '3\n'));
    },
    runs: {...ROWS_CHANGED, other: 'params.path: file changed'},
  },

  // Parameters.
  {
    what: 'another value from the environment',
    edit: [
      ['seed: 1\n', 'seed: 1\nenv: [NEIGHBORS]\n'],
      ['k: 10', "k: '${env:NEIGHBORS}'"],
    ],
    env: {NEIGHBORS: '6'},
    runs: {gt: 'params.k 10 -> 6'},
  },
  {
    what: 'a number in place of the text of the same digits',
    edit: [['label: "3"', 'label: 3']],
    runs: {other: 'params.label "3" -> 3'},
    cutOff: ['imbalance'],
  },
  {
    what: 'another order in a list',
    edit: [['[1, 0.5]', '[0.5, 1]']],
    runs: {
      scales: 'params.fractions [1,0.5] -> [0.5,1]',
      id: 'scales changed: subsets',
    },
  },
  {
    what: '0 and -0',
    edit: [['noise: 0', 'noise: -0']],
    runs: {cloud: 'params.noise 0 -> -0'},
    cutOff: ['flat', 'figure'],
  },
  // Draws.
  {
    what: 'another seed',
    edit: [['seed: 1\n', 'seed: 2\n']],
    runs: {
      some: 'seed changed',
      cloud: 'seed changed',
      scales: 'seed changed',
      few: 'some changed',
      flat: 'cloud changed',
      figure: 'few changed',
      id: 'scales changed: subsets',
    },
  },
  {
    what: 'another label of a stage that draws',
    edit: [
      ['  some: ', '  drawn: '],
      ['from: some', 'from: drawn'],
    ],
    runs: {drawn: 'never run', few: 'from: some -> drawn', figure: 'few changed'},
  },
  {
    what: 'a draw with a seed of its own',
    edit: [['sample: {n: 40}', 'sample: {n: 40, seed: 5}']],
    runs: {some: 'params.sample.seed null -> 5', few: 'some changed', figure: 'few changed'},
  },
  {
    what: 'no draw any more',
    edit: [[', sample: {n: 40}', '']],
    // What is left is the stage "rows".
    runs: {few: 'some changed', figure: 'few changed'},
  },

  // How stages are joined.
  {
    what: 'two inputs in each other’s place',
    edit: [['{a: rows, b: other}', '{a: other, b: rows}']],
    runs: {imbalance: 'a: rows -> other'},
  },
  {
    what: 'another input',
    edit: [['from: some', 'from: other']],
    runs: {few: 'from: some -> other', figure: 'few changed'},
  },
  {
    what: 'an input more',
    edit: [['[few, flat]', '[few, flat, gt]']],
    runs: {figure: 'from: few, flat -> few, flat, gt'},
  },
  {what: 'an input less', edit: [['[few, flat]', '[flat]']], runs: {figure: 'from: few, flat -> flat'}},
  {
    what: 'an optional port left empty',
    edit: [['{a: rows, b: other}', 'rows']],
    runs: {imbalance: 'b: other -> none'},
  },
  {
    what: 'two tables of a figure in another order',
    edit: [['[few, flat]', '[flat, few]']],
    runs: {figure: 'from: few, flat -> flat, few'},
  },
  {
    what: 'another label of a table that a figure shows',
    edit: [
      ['  flat: ', '  spread: '],
      ['[few, flat]', '[few, spread]'],
    ],
    runs: {figure: 'flat is now spread'},
  },
  {
    what: 'another kind of stage under the label',
    edit: [['metric: anisotropy, from: some', 'metric: pca-id, from: some']],
    runs: {few: 'metric/anisotropy -> metric/pca-id', figure: 'few changed'},
  },
  {
    what: 'a stage more',
    edit: [['  figure: ', '  more: {stage: metric, metric: twonn, from: other}\n  figure: ']],
    runs: {more: 'never run'},
  },
];

const OF_PICTURES: readonly Change[] = [
  {what: 'nothing'},
  {what: 'pictures in batches of another size', edit: [['pool: cls', 'pool: cls, batch: 2']]},
  {
    what: 'an equal copy of the model',
    edit: [['nets/net.onnx', 'moved/copy.onnx']],
    change: () => {
      cpSync(place.path('nets'), place.path('moved'), {recursive: true});
      renameSync(place.path('moved/net.onnx'), place.path('moved/copy.onnx'));
    },
  },
  {
    what: 'a hidden file in the folder, and a folder without files',
    change: () => {
      place.write('data/pictures/.DS_Store', 'x');
      mkdirSync(place.path('data/pictures/c'));
    },
  },
  {
    what: 'a folder of another name',
    edit: [['path: data/pictures', 'path: data/photos']],
    change: () => renameSync(place.path('data/pictures'), place.path('data/photos')),
  },
  {
    what: 'letters in another Unicode form',
    edit: [['é'.normalize('NFC'), 'é'.normalize('NFD')]],
    runs: {
      pictures: `params.pattern (?<class>[ab])/|${'é'.normalize('NFC')} -> (?<class>[ab])/|${'é'.normalize('NFD')}`,
    },
    cutOff: ['light', 'pixels', 'hidden', 'spread'],
  },
  {
    what: 'a picture more',
    change: () => void place.write('data/pictures/b/four.png', image('deep.png')),
    runs: {
      pictures: 'params.path: b/four.png added',
      light: 'pictures changed',
      pixels: 'pictures changed',
      hidden: 'pixels changed: samples',
      spread: 'hidden changed',
    },
  },
  {
    what: 'a picture of another name',
    change: () => renameSync(place.path('data/pictures/a/one.png'), place.path('data/pictures/a/1.png')),
    runs: {
      pictures: 'params.path: a/1.png added, a/one.png removed',
      light: 'pictures changed',
      pixels: 'pictures changed',
      hidden: 'pixels changed: samples',
      spread: 'hidden changed: samples',
    },
  },
  {
    what: 'two pictures in each other’s place',
    change: () => {
      place.write('data/pictures/a/one.png', image('palette.png'));
      place.write('data/pictures/a/two.png', image('grey.png'));
    },
    runs: {
      pictures: 'params.path: 2 files changed',
      light: 'pictures changed',
      pixels: 'pictures changed',
      hidden: 'pixels changed: samples',
      spread: 'hidden changed',
    },
  },
  {
    what: 'a layer more',
    edit: [['[blocks.1, norm]', '[blocks.1, blocks.4, norm]']],
    runs: {
      hidden: 'params.layers ["blocks.1","norm"] -> ["blocks.1","blocks.4","norm"]',
      spread: 'hidden changed: blocks.4 added',
    },
  },
  {
    what: 'a layer less',
    edit: [['[blocks.1, norm]', '[norm]']],
    runs: {
      hidden: 'params.layers ["blocks.1","norm"] -> ["norm"]',
      spread: 'hidden changed: blocks.1 removed',
    },
  },
  {
    what: 'layers in another order',
    edit: [['[blocks.1, norm]', '[norm, blocks.1]']],
    runs: {hidden: 'params.layers ["blocks.1","norm"] -> ["norm","blocks.1"]'},
    cutOff: ['spread'],
  },
  {
    what: 'another checkpoint under the name of the model',
    change: () => cpSync(place.path('models/shapes-vit/step-00720.onnx'), place.path('nets/net.onnx')),
    runs: {hidden: 'params.model: model changed', spread: 'hidden changed: blocks.1, norm'},
  },
  {
    what: 'the same preset, written in another way',
    change: () => {
      const config = JSON.parse(place.read('nets/preprocessor_config.json')) as object;
      place.write('nets/preprocessor_config.json', JSON.stringify(config, null, 7));
    },
    runs: {pixels: 'params.model: file changed'},
    cutOff: ['hidden', 'spread'],
  },
];

describe('exactly what a change reaches is run again, with the reason', () => {
  test.each(OF_NUMBERS)('numbers: $what', async change => {
    checkChanged(await runChanged('numbers', NUMBERS, change), change);
  });

  test.each(OF_PICTURES)('pictures: $what', async change => {
    checkChanged(await runChanged('pictures', PICTURES, change), change);
  });

  test('a value is the same by override and in the file', async () => {
    const args = ['stages.gt.k=5'];
    const change = {what: '', args, runs: {gt: 'params.k 10 -> 5'}};
    checkChanged(await runChanged('numbers', NUMBERS, change), change);
    place.write('numbers.yaml', NUMBERS.replace('k: 10', 'k: 5'));
    checkChanged(await place.run('numbers.yaml'), {what: ''});
  });

  test('a store at another place is known there', async () => {
    cpSync(place.path('outputs/.store'), place.path('elsewhere'), {recursive: true});
    const change = {what: '', env: {STRATA_STORE: 'elsewhere'}};
    checkChanged(await runChanged('numbers', NUMBERS, change), change);
  });
});

test.each([
  ['noise: 0', 'noise: .nan', 'E010'],
  ['noise: 0', 'noise: .inf', 'E010'],
  ['noise: 0', 'noise: "1"', 'E106'],
  ['noise: 0', 'noise: true', 'E106'],
  ['k: 10', 'k: true', 'E106'],
  ['k: 10', 'k: 10.5', 'E106'],
])('what is no value is refused before anything is compared: %s, %s', async (from, to, code) => {
  const {code: exit, stderr} = await place.strata(
    'plan',
    place.write('refused.yaml', NUMBERS.replace(from, to)),
  );
  expect(stderr).toMatch(new RegExp(`^${code} `));
  expect(exit).toBe(2);
});
