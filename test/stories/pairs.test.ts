import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import type {Row} from '../../src/stages/ports.js';
import {Workplace, ran, said} from '../rig/strata.js';
import {matrixCsv} from './matrix.js';

/** Two readings of the same pictures, compared layer by layer. */
const PAIRS = `strata: 1
name: pairs
params: {layers: [blocks.1, norm], k: 5}
stages:
  shapes: {stage: load, source: shapes, n: 72}
  pixels: {stage: preprocess, from: shapes, preset: auto, model: models/shapes-vit/final.onnx}
  cls: {stage: extract, from: pixels, model: models/shapes-vit/final.onnx, layers: '\${params.layers}', pool: cls}
  mean: {stage: extract, from: pixels, model: models/shapes-vit/final.onnx, layers: [blocks.1, blocks.4], pool: mean}
  within: {stage: metric, metric: cka, from: cls}
  between: {stage: metric, metric: cka, from: {a: cls, b: mean}}
  common: {stage: metric, metric: neighborhood-overlap, from: {a: cls, b: mean}, with: layers, k: '\${params.k}'}
  ranks: {stage: metric, metric: rank-overlap, from: {b: mean, a: cls}, pairs: same-name, k: 3}
  light: {stage: metric, metric: image-statistics, from: shapes}
  alike: {stage: metric, metric: neighborhood-overlap, from: {a: cls, attributes: light}, with: attribute, attribute: luminance, k: 5}
`;

describe('layers compared in pairs', () => {
  const place = new Workplace();
  afterAll(() => place.remove());
  const table = async (stage: string): Promise<Row[]> =>
    JSON.parse((await place.strata('show', 'pairs', stage, '--json')).stdout) as Row[];
  const named = (rows: readonly Row[]) => rows.map(row => `${String(row['layer'])} ${String(row['other'])}`);

  beforeAll(async () => {
    place.write('pairs.yaml', PAIRS);
    const {code, stderr, outcomes} = await place.run('pairs.yaml');
    expect([code, stderr]).toEqual([0, '']);
    // Both sides of a comparison share their tables with all who ask.
    const tables = Object.keys(outcomes).filter(label => label.includes('~'));
    expect(tables.sort()).toEqual(['cls~neighbors', 'mean~neighbors']);
  });

  test('of one network: every pair once, and with itself', async () => {
    const rows = await table('within');
    expect(named(rows)).toEqual(['blocks.1 blocks.1', 'blocks.1 norm', 'norm norm']);
    expect(rows.map(row => row['cka_debiased'])).toEqual([1, expect.any(Number), 1]);
    for (const row of rows) expect(row).toMatchObject({n: 72, status: 'ok'});
  });

  test('of two networks: every layer of one with every layer of the other', async () => {
    const rows = await table('between');
    const all = ['blocks.1 blocks.1', 'blocks.1 blocks.4', 'norm blocks.1', 'norm blocks.4'];
    expect(named(rows)).toEqual(all);
    expect(named(await table('common'))).toEqual(all);
    // Depth and position are those in the network of each.
    expect(rows[1]).toMatchObject({index: 0, other_index: 1});
    expect(rows[1]!['other_depth']).toBeGreaterThan(Number(rows[1]!['depth']));
    expect(rows[0]!['cka_debiased']).toBeGreaterThan(Number(rows[1]!['cka_debiased']));
  });

  test('of two networks, by name', async () => {
    const rows = await table('ranks');
    expect(named(rows)).toEqual(['blocks.1 blocks.1']);
    const [common] = await table('common');
    expect(Math.abs(Number(rows[0]!['average_overlap']) - Number(common!['overlap']))).toBeLessThan(0.2);
  });

  test('with a number of every sample', async () => {
    const rows = await table('alike');
    expect(named(rows)).toEqual(['blocks.1 luminance', 'norm luminance']);
    for (const row of rows) expect(row['overlap']).toBeGreaterThan(Number(row['chance']));
    expect(await table('light')).toHaveLength(72);
  });

  test('a layer more is compared with the others; these are not compared again', async () => {
    const {units} = await place.run('pairs.yaml', 'params.layers=[blocks.1,blocks.2,norm]');
    const of = (stage: string): string[] => units.filter(unit => unit.startsWith(`${stage}/`));
    expect(of('within')).toEqual([
      'within/blocks.1 & blocks.2',
      'within/blocks.2 & blocks.2',
      'within/blocks.2 & norm',
    ]);
    expect(of('between')).toEqual(['between/blocks.2 & blocks.1', 'between/blocks.2 & blocks.4']);
    expect(of('common')).toEqual(['common/blocks.2 & blocks.1', 'common/blocks.2 & blocks.4']);
    expect(of('cls~neighbors')).toEqual(['cls~neighbors/blocks.2']);
    expect(of('mean~neighbors')).toEqual([]);
  });

  test('which pairs are asked for is nothing to a pair', async () => {
    const {units, outcomes} = await place.run('pairs.yaml', '+stages.within.pairs=next');
    expect(outcomes['within']).toBe('ran');
    expect(units).toEqual([]);
    expect(named(await table('within'))).toEqual(['blocks.1 norm']);
  });

  test('a larger k makes the tables of both sides anew', async () => {
    const {units} = await place.run('pairs.yaml', 'params.k=40');
    expect(units.filter(unit => unit.includes('~')).sort()).toEqual([
      'cls~neighbors/blocks.1',
      'cls~neighbors/norm',
      'mean~neighbors/blocks.1',
      'mean~neighbors/blocks.4',
    ]);
    expect(units.filter(unit => unit.startsWith('ranks/'))).toEqual([]);
  });
});

test('pairs that were finished when a run was killed are not compared again', async () => {
  const place = new Workplace();
  const layers = 'params.layers=[blocks.0,blocks.1,blocks.2,blocks.3,blocks.4,blocks.5]';
  place.write('pairs.yaml', PAIRS);
  const started = place.start('run', '--json', 'pairs.yaml', layers);
  await said(started, 'stdout', '"type":"unit-finished","stage":"within"');
  started.process.kill('SIGKILL');
  const {stdout, ...rest} = await started.finished;
  const killed = ran({...rest, stdout: stdout.slice(0, stdout.lastIndexOf('\n') + 1)});
  const before = killed.units.filter(unit => unit.startsWith('within/'));
  const {code, units} = await place.run('pairs.yaml', layers);
  expect(code).toBe(0);
  const after = units.filter(unit => unit.startsWith('within/'));
  expect(before.length).toBeGreaterThan(0);
  expect(after.length).toBeLessThanOrEqual(21 - before.length);
  for (const unit of before) expect(after).not.toContain(unit);
  place.remove();
});

describe('what cannot be compared', () => {
  const place = new Workplace();
  afterAll(() => place.remove());
  beforeAll(() => {
    place.write('a.csv', matrixCsv(20, {cols: 3}));
    place.write('b.csv', matrixCsv(21, {cols: 2}));
    place.write('c.csv', matrixCsv(20, {cols: 2}));
  });

  const LOAD = `
  a: {stage: load, source: matrix, path: a.csv, label: class}
  b: {stage: load, source: matrix, path: b.csv, label: class}
  c: {stage: load, source: matrix, path: c.csv, label: class}
  apart: {stage: load, source: matrix, path: b.csv, label: class, classes: [1, 2]}
  id: {stage: metric, metric: twonn, from: a}
  shapes: {stage: load, source: shapes, n: 20}
  light: {stage: metric, metric: image-statistics, from: shapes}
  few: {stage: load, source: shapes, n: 10}
  dark: {stage: metric, metric: image-statistics, from: few}`;

  test.each([
    [
      'different samples',
      '{stage: metric, metric: cka, from: {a: a, b: b}}',
      'ports a and b must hold the same samples: row 20 is nothing in a, "20" in b',
    ],
    [
      'other samples',
      '{stage: metric, metric: neighborhood-overlap, with: layers, from: {a: apart, b: a}, k: 3}',
      'ports a and b must hold the same samples: row 0 is "1" in a, "0" in b',
    ],
    [
      'a table of layers',
      '{stage: metric, metric: neighborhood-overlap, from: {a: a, attributes: id}, with: attribute, attribute: id, k: 3}',
      'the table of "id" does not say which sample its rows are about',
    ],
    [
      'words for numbers',
      '{stage: metric, metric: neighborhood-overlap, from: {a: a, attributes: light}, with: attribute, attribute: class, k: 3}',
      'the table of "light" has no column of numbers "class"',
    ],
    [
      'numbers of some samples',
      '{stage: metric, metric: neighborhood-overlap, from: {a: a, attributes: dark}, with: attribute, attribute: contrast, k: 3}',
      'the table of "dark": there is no row for sample "10"',
    ],
  ])('%s', async (_, stage, says) => {
    place.write('wrong.yaml', `strata: 1\nname: wrong\nstages:${LOAD}\n  pair: ${stage}\n`);
    const {code, events} = await place.run('wrong.yaml');
    expect(code).toBe(1);
    const failed = events.filter(e => e.type === 'stage-finished').find(e => e.stage === 'pair');
    expect(failed).toMatchObject({outcome: 'failed', diagnostics: [{code: 'E501', message: says}]});
  });

  test.each([
    [
      'the next of another network',
      '{stage: metric, metric: cka, from: {a: a, b: c}, pairs: next}',
      'which layer comes next is known within a network only, and port b is joined',
    ],
    [
      'names without another network',
      '{stage: metric, metric: cka, from: a, pairs: same-name}',
      'port b is not joined, so there are no layers of the same name',
    ],
    [
      'labels and another network',
      '{stage: metric, metric: neighborhood-overlap, from: {a: a, b: c}, k: 3}',
      'port b is joined, and with: labels takes nothing from it',
    ],
    [
      'numbers that are not asked for',
      '{stage: metric, metric: neighborhood-overlap, from: {a: a, attributes: light}, k: 3}',
      'port attributes is joined, and nothing is taken from it',
    ],
    [
      'numbers from nowhere',
      '{stage: metric, metric: neighborhood-overlap, from: a, with: attribute, attribute: luminance, k: 3}',
      'attribute "luminance" is a column of a table, and port attributes is not joined',
    ],
  ])('%s, which is known before anything is read', async (_, stage, says) => {
    place.write('wrong.yaml', `strata: 1\nname: wrong\nstages:${LOAD}\n  pair: ${stage}\n`);
    const {code, stdout, stderr} = await place.strata('run', 'wrong.yaml');
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(`E501 wrong.yaml:13:`);
    expect(stderr).toContain(`  ${says}\n`);
  });
});
