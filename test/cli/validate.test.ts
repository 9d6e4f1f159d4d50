import {afterAll, describe, expect, it} from 'vitest';
import {Workplace} from '../rig/strata.js';

const place = new Workplace();
afterAll(() => place.remove());

const experiment = (name: string, metric = 'twonn'): string => `strata: 1
name: ${name}
stages:
  data: {stage: load, source: matrix, path: data.csv}
  id: {stage: metric, metric: ${metric}, from: data}
`;
place.write('many/one.yaml', experiment('one'));
place.write('many/two.yaml', experiment('two'));
place.write('many/deep/three.yaml', experiment('three'));
place.write('many/broken.yml', experiment('broken', 'twon'));
place.write('many/node_modules/x/four.yaml', experiment('four'));
place.write('many/odd[1].yaml', experiment('odd'));

const line = (file: string, name: string): string => `${file}: ok, experiment "${name}" with 2 stages\n`;

describe('strata validate', () => {
  it('takes patterns, and files by name, each once and in order', async () => {
    const {code, stdout, stderr} = await place.strata('validate', 'many/two.yaml', 'many/**/[n-u]*.yaml');
    const files = [
      ['many/two.yaml', 'two'],
      ['many/deep/three.yaml', 'three'],
      ['many/odd[1].yaml', 'odd'],
      ['many/one.yaml', 'one'],
    ];
    expect({code, stdout, stderr}).toEqual({
      code: 0,
      stdout: files.map(([file, name]) => line(file!, name!)).join(''),
      stderr: '',
    });
  });

  it('takes a file whose name could be a pattern', async () => {
    const {stdout} = await place.strata('validate', 'many/odd[1].yaml');
    expect(stdout).toBe(line('many/odd[1].yaml', 'odd'));
  });

  it('tells of patterns without files and of all broken files, and goes on', async () => {
    const {code, stdout, stderr} = await place.strata(
      'validate',
      'none/*.yaml',
      'many/*.yml',
      'many/one.yaml',
    );
    expect([code, stdout]).toEqual([2, line('many/one.yaml', 'one')]);
    expect(stderr).toContain(`E721  no file matches none/*.yaml\n   looked in ${place.folder}\n`);
    expect(stderr).toContain('E112 many/broken.yml:5:31  unknown metric "twon"\n');
  });

  it('counts the variants of a sweep', async () => {
    place.write('sweep.yaml', `${experiment('sweep')}sweep: {grid: {stages.id.fraction: [0.5, 0.7, 0.9]}}\n`);
    const {stdout} = await place.strata('validate', 'sweep.yaml');
    expect(stdout).toBe('sweep.yaml: ok, experiment "sweep" with 2 stages in 3 variants\n');
  });

  it('tells what does not go together in parameters and ports, each at its place and once', async () => {
    place.write(
      'misfit.yaml',
      `strata: 1
name: misfit
stages:
  points: {stage: load, source: manifold, manifold: helix, dim: 2}
  wide: {stage: load, source: manifold, dim: 5, columns: 4}
  table: {stage: load, source: matrix, path: table.npy, label: 3}
  other: {stage: load, source: matrix, path: table.npz}
  twice: {stage: load, source: activations, path: x.npz, label: y, labels: y.npy}
  photos: {stage: load, source: image-folder, path: photos, pattern: '(['}
  named: {stage: load, source: image-folder, path: photos, labels: l.csv}
  auto: {stage: preprocess, from: photos, preset: auto}
  grey: {stage: preprocess, from: photos, preset: unit, mean: [0.5]}
  colour: {stage: preprocess, from: photos, preset: imagenet-224, channels: grey}
  thirds: {stage: decimate, from: points, method: blocks, fractions: [1, 0.7]}
  dark: {stage: decimate, from: points, method: attribute}
  alpha: {stage: metric, metric: spectrum-alpha, from: points, ranges: [[11, 500], [5, 6]]}
  again: {stage: metric, metric: cross-validated-alpha, from: {from: points, repeat: wide}, ranges: [[1, 2]]}
  alike: {stage: metric, metric: cka, from: {a: points, b: wide}, pairs: next}
  named-alike: {stage: metric, metric: rank-overlap, from: points, pairs: same-name}
  labels: {stage: metric, metric: neighborhood-overlap, from: {a: points, b: wide}}
  votes: {stage: probe, probe: knn, from: points, distance: euclidean}
  view: {stage: project, view: umap, from: points, minDist: 2}
sweep: {grid: {stages.labels.k: [5, 10]}}
`,
    );
    const {code, stdout} = await place.strata('validate', 'misfit.yaml', '--json');
    const told = JSON.parse(stdout) as {
      code: string;
      message: string;
      range: {start: {line: number; col: number}};
    }[];
    expect(code).toBe(2);
    const lines = told.map(
      ({code, message, range: {start}}) => `${code} ${start.line}:${start.col} ${message}`,
    );
    expect(lines.map(text => text.replaceAll(`${place.folder}/`, ''))).toEqual([
      'E501 4:65 a helix has dimension 1, dim is 2',
      'E501 5:58 cube of dimension 5 needs 5 columns, columns is 4',
      'E304 6:64 table.npy: an NPY file has no column of labels',
      'E302 7:46 table.npz: unknown format ".npz"',
      'E304 8:76 labels are given twice, by "label" and by "labels"',
      'E304 9:70 pattern is not a regular expression: Invalid regular expression: /([/u: Unterminated character class',
      'E304 10:68 l.csv: no column to read',
      'E501 11:51 preset auto: no model',
      'E501 12:63 mean: 1 values for 3 channels (rgb)',
      "E501 13:77 channels grey: the preset's mean is one for each colour (0.485, 0.456, 0.406)",
      'E501 14:70 fractions: method blocks cannot make equal parts of which each is 0.7 of the samples',
      'E501 15:49 port attributes and method: attribute go together; there is only one of them',
      'E501 16:72 ranges: from rank 5 to rank 6 are fewer than three eigenvalues',
      'E501 17:101 ranges: from rank 1 to rank 2 are fewer than three eigenvalues',
      'E501 18:74 which layer comes next is known within a network only, and port b is joined',
      'E501 19:75 port b is not joined, so there are no layers of the same name',
      'E501 20:78 port b is joined, and with: labels takes nothing from it',
      'E501 21:61 votes are weighted by the cosine, and distance: euclidean has none',
      'E501 22:61 minDist: 2 is more than spread: 1',
    ]);
  });

  it('and a run is refused for it before anything runs', async () => {
    place.write('ranges.yaml', experiment('ranges', 'spectrum-alpha, ranges: [[5, 6]]'));
    place.write('data.csv', 'a,b\n1,2\n2,1\n3,5\n4,4\n');
    const {code, stdout, stderr} = await place.strata('run', 'ranges.yaml');
    expect({code, stdout, stderr}).toEqual({
      code: 2,
      stdout: '',
      stderr: `E501 ranges.yaml:5:55  ranges: from rank 5 to rank 6 are fewer than three eigenvalues
   5 |   id: {stage: metric, metric: spectrum-alpha, ranges: [[5, 6]], from: data}
     |                                                       ~~~~~~~~
   a line needs three at least, as in [[11, 500]]
`,
    });
  });
});
