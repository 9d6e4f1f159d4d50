import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {codes, CWD, experiment, FOLDER, load, problems, stage} from './load-text.js';

const tag = (written: string, env: Record<string, string>): unknown =>
  stage(
    load(experiment(`  x: {stage: extract, from: photos, model: m, tag: ${written}}`, 'env: [A, B_1]'), [], {
      env,
    }),
    'x',
  ).params['tag'];

describe('a variable of the environment', () => {
  test.each([
    ['text', 'text'],
    ['012', '012'],
    ['null', 'null'],
    ['true', 'true'],
    ['a b: c # d', 'a b: c # d'],
    ['${params.n}', '${params.n}'],
    ['two\nlines', 'two\nlines'],
  ])('%j is that text where a text is expected', (value, expected) =>
    expect(tag('"${env:A}"', {A: value})).toBe(expected),
  );

  test('is a number where a number is expected, and read as YAML where nothing is', () => {
    const text = experiment(
      '  x: {stage: preprocess, from: photos, scale: "${env:A}", grey: "${env:B_1}"}\n  y: {stage: preprocess, from: photos, scale: "${params.a}"}',
      'env: [A, B_1, EMPTY]\nparams: {a: "${env:A}", b: "${env:B_1}", none: "${env:EMPTY}"}',
    );
    const loaded = load(text, [], {env: {A: '1e-3', B_1: 'true', EMPTY: ''}});
    expect(stage(loaded, 'x').params).toMatchObject({scale: 0.001, grey: true});
    expect(stage(loaded, 'y').params).toMatchObject({scale: 0.001});
    expect(loaded.params).toEqual({a: 0.001, b: true, none: ''});
  });

  test('may be part of a text', () =>
    expect(tag('"a-${env:A}-${env:B_1}${name}"', {A: '1', B_1: ''})).toBe('a-1-test'));

  test('gives paths relative to the working directory, if it begins them', () => {
    const path = (written: string, value: string): unknown =>
      stage(
        load(experiment(`  x: {stage: load, source: image-folder, path: "${written}"}`, 'env: [A]'), [], {
          env: {A: value},
        }),
        'x',
      ).params['path'];
    expect(path('${env:A}', 'data')).toBe(join(CWD, 'data'));
    expect(path('${env:A}/x', '../data')).toBe(join(CWD, '../data/x'));
    expect(path('x/${env:A}', 'y')).toBe(join(FOLDER, 'x/y'));
    expect(path('${env:A}/x', '/data')).toBe('/data/x');
  });

  test('may be used in overrides, and in all files if one lists it', () => {
    const text = 'extends: base.yaml\nparams: {b: "${env:A}"}';
    const files = {
      'base.yaml': experiment('', 'env: [A]\nparams: {a: "${env:B}", c: 0}'),
      'more.yaml': 'env: [B]',
    };
    const {params} = load(text.replace('base.yaml', '[base.yaml, more.yaml]'), ['params.c=${env:A}'], {
      files,
      env: {A: 'x', B: 'y'},
    });
    expect(params).toEqual({a: 'y', b: 'x', c: 'x'});
  });

  test('that is not listed is not seen, whatever it is called', () => {
    for (const name of ['A', 'PATH', 'constructor', '__proto__'])
      expect(
        codes(experiment('', `env: [B]\nparams: {a: "\${env:${name}}"}`), [], {env: {A: '1', PATH: '2'}}),
      ).toEqual(['E119']);
  });

  test('that is listed and not set is an error only where it is used', () => {
    expect(codes(experiment('', 'env: [A, toString]'))).toEqual([]);
    expect(codes(experiment('', 'env: [A]\nparams: {a: "${env:A}"}'))).toEqual(['E120']);
    expect(codes(experiment('', 'env: [toString]\nparams: {a: "${env:toString}"}'))).toEqual(['E120']);
  });

  test('has its mistakes in itself, with a note where it is used', () => {
    const text = experiment('  x: {stage: preprocess, from: photos, scale: "${env:B}"}', 'env: [C, B, A]');
    const [only] = problems(text, [], {env: {A: 'one\ntwo', B: 'many', C: ''}});
    expect(only).toMatchObject({
      code: 'E106',
      place: {file: 'environment', line: 3, col: 3, width: 4, text: 'B=many'},
      notes: [{message: 'used here', place: {line: 7, col: 48}}],
    });
  });
});
