import {describe, expect, test} from 'vitest';
import {codes, experiment, load, problems, stage} from './load-text.js';

const param = (line: string, label = 'x'): Readonly<Record<string, unknown>> =>
  stage(load(experiment(`  x: ${line}`)), label).params;

describe('a scalar is read by the type its place declares', () => {
  const tag = (text: string): unknown =>
    param(`{stage: extract, from: photos, model: m, tag: ${text}}`)['tag'];

  test.each([
    ['012', '012'],
    ['12', '12'],
    ['1e-3', '1e-3'],
    ['true', 'true'],
    ['yes', 'yes'],
    ['.nan', '.nan'],
    ['2024-01-01', '2024-01-01'],
    ['"12"', '12'],
    ["'null'", 'null'],
    ['"a\\tb"', 'a\tb'],
  ])('where a string is expected, %s is the string', (written, expected) =>
    expect(tag(written)).toBe(expected),
  );

  test.each(['null', '~', '', 'Null'])('but "%s" is nothing, and no string', written =>
    expect(codes(experiment(`  x: {stage: extract, from: photos, model: m, tag: ${written}}`))).toEqual([
      'E106',
    ]),
  );

  test.each([
    ['1e-3', 0.001],
    ['.5', 0.5],
    ['012', 12],
    ['0x10', 16],
    ['0o17', 15],
    ['+3', 3],
    ['7.', 7],
  ])('where a number is expected, %s is %d', (written, expected) =>
    expect(param(`{stage: preprocess, from: photos, scale: ${written}}`)['scale']).toBe(expected),
  );

  test.each(['"1"', "'0.5'", '1_000', 'yes', 'true', '1 2', '0x', '1e'])(
    'where a number is expected, %s is refused',
    written =>
      expect(codes(experiment(`  x: {stage: preprocess, from: photos, scale: ${written}}`))).toEqual([
        'E106',
      ]),
  );

  test.each([
    ['true', true],
    ['True', true],
    ['FALSE', false],
  ])('where true or false is expected, %s is one', (written, expected) =>
    expect(param(`{stage: preprocess, from: photos, grey: ${written}}`)['grey']).toBe(expected),
  );

  test('a union takes the branch that the text looks like', () => {
    const k = (written: string): unknown =>
      param(`{stage: metric, metric: twonn, from: hidden, k: ${written}}`)['k'];
    expect(k('5')).toBe(5);
    expect(k('1e2')).toBe(100);
    expect(k('all')).toBe('all');
    expect(k('"half"')).toBe('half');
  });

  test('items and values of maps are read like parameters', () => {
    const {params} = stage(
      load(
        experiment(
          '  x: {stage: load, source: idx, images: i, rename: {a: 1, b: on}}\n  y: {stage: preprocess, from: x, size: [0x10, 012]}',
        ),
      ),
      'x',
    );
    expect(params['rename']).toEqual({a: '1', b: 'on'});
  });

  test('long texts keep their lines', () =>
    expect(
      param('\n    stage: extract\n    from: photos\n    model: m\n    tag: |\n      one\n      two\n')[
        'tag'
      ],
    ).toBe('one\ntwo\n'));

  test('where nothing is declared, YAML 1.2 decides', () =>
    expect(
      load(
        experiment(
          '',
          'params: {a: 1e-3, b: yes, c: 012, d: "1", e: null, f: [true, ~], g: {h: 2001-01-01}}',
        ),
      ).params,
    ).toEqual({a: 0.001, b: 'yes', c: 12, d: '1', e: null, f: [true, null], g: {h: '2001-01-01'}}));
});

describe('defaults', () => {
  test('are filled in, and come in the order of the schema', () => {
    const params = param('{grey: true, stage: preprocess, from: photos}');
    expect(Object.entries(params)).toEqual([
      ['size', 224],
      ['scale', 1],
      ['grey', true],
      ['preset', 'auto'],
    ]);
  });

  test('are filled in below a parameter that was written, and not below one that was not', () => {
    expect(param('{stage: load, source: image-folder, path: p, sample: {n: 3}}')['sample']).toEqual({
      n: 3,
      by: 'random',
    });
    expect(param('{stage: load, source: image-folder, path: p}')['sample']).toBeNull();
  });

  test('leave out what has none', () =>
    expect(Object.keys(param('{stage: extract, from: photos, model: m}'))).toEqual([
      'model',
      'layers',
      'pool',
    ]));

  test('an explicit null is not the default', () => {
    expect(param('{stage: load, source: idx, images: i, labels: null}')['labels']).toBeNull();
    expect(codes(experiment('  x: {stage: preprocess, from: photos, scale: null}'))).toEqual(['E106']);
  });
});

test('keys of JavaScript objects are keys like others', () => {
  const text = experiment(
    '  x: {stage: load, source: idx, images: i, rename: {__proto__: a, constructor: b}}\n  y: {stage: preprocess, from: photos, toString: 1, __proto__: 2}',
  );
  expect(problems(text).map(d => d.message)).toEqual([
    'unknown parameter "toString" for stage "preprocess"',
    'unknown parameter "__proto__" for stage "preprocess"',
  ]);
  const rename = param('{stage: load, source: idx, images: i, rename: {__proto__: a, constructor: b}}')[
    'rename'
  ];
  expect(Object.entries(rename as object)).toEqual([
    ['__proto__', 'a'],
    ['constructor', 'b'],
  ]);
});
