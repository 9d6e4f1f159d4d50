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
});
