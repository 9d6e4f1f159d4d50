import {describe, expect, test} from 'vitest';
import {codes, experiment, load, problems, stage} from './load-text.js';

const tag = (written: string, before: string): unknown =>
  stage(load(experiment(`  x: {stage: extract, from: photos, model: m, tag: ${written}}`, before)), 'x')
    .params['tag'];

describe('a reference that is the whole value', () => {
  test('keeps the type of what it refers to', () => {
    const {params} = load(
      experiment(
        '',
        'seed: 7\nparams: {a: 5, b: "${params.a}", c: "${params.d}", d: [1, {e: null}], s: "${seed}", f: "${params.d.1.e}"}',
      ),
    );
    expect(params).toEqual({a: 5, b: 5, c: [1, {e: null}], d: [1, {e: null}], s: 7, f: null});
  });

  test('is read by the type of the place it lands in', () => {
    expect(tag('"${params.run}"', 'params: {run: 012}')).toBe('012');
    expect(tag('${params.run}'.replace(/^|$/g, "'"), 'params: {run: 1e-3}')).toBe('1e-3');
  });

  test('works without quotes where YAML lets it', () =>
    expect(
      load(
        experiment('  x:\n    stage: preprocess\n    from: photos\n    scale: ${params.s}', 'params: {s: 2}'),
      ).stages.get('x')!.params['scale'],
    ).toBe(2));

  test('reaches through references to maps and lists', () =>
    expect(
      load(
        experiment('', 'params: {a: "${params.b.c}", b: "${params.d}", d: {c: "${params.e.1}"}, e: [1, 2]}'),
      ).params['a'],
    ).toBe(2));

  test('may stand for a stage, a label or a kind', () => {
    const {stages} = load(
      experiment(
        '  x: {stage: "${params.kind}", metric: "${params.metric}", from: ["${params.label}"]}\n  y: "${params.stage}"',
        'params: {kind: metric, metric: twonn, label: hidden, stage: {stage: preprocess, from: photos}}',
      ),
    );
    expect(stages.get('x')).toMatchObject({kind: 'metric', name: 'twonn', from: {data: ['hidden']}});
    expect(stages.get('y')).toMatchObject({kind: 'preprocess', from: {data: ['photos']}});
  });
});

describe('a reference within a text', () => {
  test.each([
    ['"run-${params.n}"', 'run-012'],
    ['"${params.n}${params.n}"', '012012'],
    ['"${name}-${seed}!"', 'test-3!'],
    ['"$${params.n}"', '${params.n}'],
    ['"$$${params.n}"', '$${params.n}'],
    ['"a$${x} ${params.n}"', 'a${x} 012'],
    ['"cost: $5 and $x"', 'cost: $5 and $x'],
    ['"${params.yes}-${params.half}"', 'true-0.50'],
  ])('%s is %s', (written, expected) =>
    expect(tag(written, 'seed: 3\nparams: {n: 012, yes: true, half: 0.50}')).toBe(expected),
  );

  test('makes a string, whatever it looks like', () =>
    expect(
      codes(experiment('  x: {stage: preprocess, from: photos, scale: "1${params.n}"}', 'params: {n: 2}')),
    ).toEqual(['E106']));
});

test('the experiment itself may use references', () => {
  const {name, description, seed} = load(
    experiment('', 'description: "${name} with ${params.n}"\nseed: "${params.n}"\nparams: {n: 4}'),
  );
  expect({name, description, seed}).toEqual({name: 'test', description: 'test with 4', seed: 4});
});

test('a mistake in what is referred to is told once, where it was written', () => {
  const found = problems(
    experiment(
      '  a: {stage: preprocess, from: photos, scale: "${params.s}"}\n  b: {stage: preprocess, from: photos, scale: "${params.s}"}',
      'params: {s: "${params.t}", t: many}',
    ),
  );
  expect(
    found.map(d => [d.code, d.place?.line, d.place?.col, d.place?.width, d.notes?.map(n => n.place?.line)]),
  ).toEqual([['E106', 3, 31, 4, [3, 7]]]);
});
