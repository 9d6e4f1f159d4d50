import {Ajv2020} from 'ajv/dist/2020.js';
import {readdirSync, readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {describe, expect, test} from 'vitest';
import {parse} from 'yaml';
import {loadCatalogue} from '../../src/cli/schemas.js';
import {experimentSchema} from '../../src/config/experiment-schema.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const stages = loadCatalogue().stages.filter(s => s.kind !== 'neighbors');
const check = new Ajv2020({
  keywords: ['x-path', 'x-when', 'enumDescriptions'],
  allowUnionTypes: true,
}).compile(experimentSchema(stages));

const COMPLETE = `
strata: 1
name: study
env: [DATA]
params: {k: 10, none: null}
stages:
  data: {stage: load, source: matrix, path: '\${env:DATA}/data.csv', label: class}
  id: {stage: metric, metric: twonn, from: data}
  overlap: {stage: metric, metric: neighborhood-overlap, from: {a: data}, k: '\${params.k}'}
`;

describe('the schema of experiment files', () => {
  test.each(readdirSync(`${root}experiments`).filter(name => name.endsWith('.yaml')))('takes %s', name =>
    expect(check(parse(readFileSync(`${root}experiments/${name}`, 'utf8')))).toBe(true),
  );

  test.each([
    ['a whole experiment', COMPLETE],
    ['one that inherits everything', 'extends: base.yaml'],
    ['one that extends several', 'extends: [a.yaml, ../b.yaml]\nname: both'],
    [
      'changes to inherited stages',
      'extends: a.yaml\nstages: {id: {k: 3}, other: null, more: {metric: anisotropy}}',
    ],
    [
      'parameters taken away',
      'extends: a.yaml\nstages: {id: {stage: metric, metric: twonn, estimator: null}}',
    ],
    ['a stage from elsewhere', `${COMPLETE}  more: '\${params.stage}'\n  kind: {stage: '\${params.kind}'}`],
  ])('takes %s', (_, text) => expect(check(parse(text))).toBe(true));

  test.each([
    ['no version', COMPLETE.replace('strata: 1', '')],
    ['another version', COMPLETE.replace('strata: 1', 'strata: 2')],
    ['no name', COMPLETE.replace('name: study', '')],
    ['no stages', 'strata: 1\nname: study\nstages: {}'],
    ['an unknown key', `${COMPLETE}\nstage: 1`],
    ['an unknown key in an extending file', 'extends: a.yaml\nstage: 1'],
    ['a stage without its kind', COMPLETE.replace('stage: load, ', '')],
    ['a stage without its name', COMPLETE.replace('metric: twonn, ', '')],
    ['an unknown kind', COMPLETE.replace('stage: load', 'stage: laod')],
    [
      'an unknown metric, even in an extending file',
      'extends: a.yaml\nstages: {id: {stage: metric, metric: twon}}',
    ],
    ['an unknown parameter', COMPLETE.replace('label: class', 'lable: class')],
    ['a missing parameter', COMPLETE.replace(/path: \S+, /, '')],
    ['a missing stage to take', COMPLETE.replace(', from: data', '')],
    ['an unknown port', COMPLETE.replace('{a: data}', '{form: data}')],
    ['a null where nothing is inherited', COMPLETE.replace('from: data}', 'from: data, estimator: null}')],
    ['a stage of null where nothing is inherited', `${COMPLETE}  more: null`],
    ['a wrong type', COMPLETE.replace('label: class', 'label: [class]')],
    ['extends of something else', `${COMPLETE}\nextends: {a: b}`],
    ['env of something else', COMPLETE.replace('[DATA]', '[my data]')],
  ])('refuses %s', (_, text) => {
    expect(text).not.toBe(COMPLETE);
    expect(check(parse(text))).toBe(false);
  });
});
