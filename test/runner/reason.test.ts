import {describe, expect, test} from 'vitest';
import type {Canonical} from '../../src/store/canonical.js';
import type {KeyRecord} from '../../src/store/manifest.js';
import type {Outcome} from '../../src/runner/events.js';
import {reasonToRun} from '../../src/runner/reason.js';

const input = (parts: Record<string, string>): {parts: Record<string, string>; order: string[]} => ({
  parts,
  order: Object.keys(parts),
});

const RECORD = {
  stage: 'extract',
  version: 1,
  seed: 7,
  runtime: 'onnxruntime 1.30.0',
  params: {
    k: 10,
    pool: 'cls',
    layers: ['blocks', 'norm'],
    sample: {n: null, by: 'none'},
    model: {content: {model: 'aa'}},
    table: {content: 'bb'},
  },
  inputs: {
    from: [input({samples: 's', 'layer/embed': 'e', 'layer/norm': 'n'})],
    test: [{...input({table: 't'}), label: 'id'}],
  },
} satisfies KeyRecord;
const PARTS = RECORD.inputs.from[0]!.parts;
const FROM = {from: ['hidden'], test: ['id']};

const params = (change: Record<string, Canonical>): KeyRecord => ({
  ...RECORD,
  params: {...RECORD.params, ...change},
});
const inputs = (change: Record<string, Canonical>): KeyRecord => ({
  ...RECORD,
  inputs: {...RECORD.inputs, ...change},
});
const without = (map: Record<string, Canonical>, name: string): Record<string, Canonical> =>
  Object.fromEntries(Object.entries(map).filter(([key]) => key !== name));

const CHANGES: readonly [reason: string, now: KeyRecord, before?: KeyRecord][] = [
  ['extract version 1 -> 2', {...RECORD, version: 2}],
  ['runtime onnxruntime 1.30.0 -> onnxruntime 1.31.0', {...RECORD, runtime: 'onnxruntime 1.31.0'}],
  ['seed 7 -> 8', {...RECORD, seed: 8}],
  ['params.k 10 -> 5', params({k: 5})],
  ['params.k 10 -> "10"', params({k: '10'})],
  ['params.pool cls -> mean', params({pool: 'mean'})],
  ['params.layers ["blocks","norm"] -> ["blocks"]', params({layers: ['blocks']})],
  ['params.sample.n null -> 60', params({sample: {n: 60, by: 'none'}})],
  ['params.sample.by none -> class', params({sample: {by: 'class', n: null}})],
  ['params.sample {"n":null,"by":"none"} -> null', params({sample: null})],
  ['params.k 10 -> 11', params({sample: {by: 'none', n: null}, k: 11})],
  ['params.standardise added', params({standardise: true})],
  ['params.k removed', {...RECORD, params: without(RECORD.params, 'k')}],
  ['params.model: model changed', params({model: {content: {model: 'ab'}}})],
  ['params.model: model.data changed', params({model: {content: {model: 'aa', 'model.data': 'cc'}}})],
  ['params.model: 2 files changed', params({model: {content: {other: 'aa'}}})],
  ['params.table: file changed', params({table: {content: 'bc'}})],
  ['hidden changed', inputs({from: [input({samples: 'x', 'layer/embed': 'y', 'layer/norm': 'z'})]})],
  ['hidden changed: samples', inputs({from: [input({...PARTS, samples: 'x'})]})],
  ['hidden changed: norm', inputs({from: [input({...PARTS, 'layer/norm': 'x'})]})],
  ['hidden changed: blocks.0 added', inputs({from: [input({...PARTS, 'layer/blocks.0': 'b'})]})],
  ['hidden changed: norm removed', inputs({from: [input({samples: 's', 'layer/embed': 'e'})]})],
  [
    'hidden changed: a added, b added, c added ...',
    inputs({from: [input({...PARTS, 'layer/a': 'a', 'layer/b': 'b', 'layer/c': 'c', 'layer/d': 'd'})]}),
  ],
  [
    'hidden changed: order',
    inputs({from: [{parts: PARTS, order: ['samples', 'layer/norm', 'layer/embed']}]}),
  ],
  ['id changed', inputs({test: [{...input({table: 'u'}), label: 'id'}]})],
  [
    'dim is now id',
    inputs({test: [{...input({table: 't'}), label: 'id'}]}),
    inputs({test: [{...input({table: 't'}), label: 'dim'}]}),
  ],
  [
    'another number of inputs on port test',
    inputs({test: [...RECORD.inputs.test, {...input({table: 'u'}), label: 'b'}]}),
  ],
  ['port test removed', {...RECORD, inputs: without(RECORD.inputs, 'test')}],
  ['port test added', RECORD, {...RECORD, inputs: without(RECORD.inputs, 'test')}],
  // Of several, the first in the order code, parameters, inputs.
  ['extract version 1 -> 2', {...params({k: 5}), version: 2, seed: 8}],
  ['params.k 10 -> 5', {...params({k: 5}), inputs: {}}],
];

describe('why a stage runs', () => {
  test.each(CHANGES)('%s', (reason, now, before = RECORD) => {
    expect(reasonToRun(now, {record: before, outcome: 'ran'}, FROM)).toBe(reason);
  });

  test('never run: there is no earlier record, or it is of another stage', () => {
    expect(reasonToRun(RECORD, undefined, FROM)).toBe('never run');
    const other = {record: {...RECORD, stage: 'decimate'}, outcome: 'ran'} as const;
    expect(reasonToRun(RECORD, other, FROM)).toBe('never run');
  });

  test.each<[Outcome, string]>([
    ['ran', 'its result is no longer in the store'],
    ['cached', 'its result is no longer in the store'],
    ['cut-off', 'its result is no longer in the store'],
    ['failed', 'it failed the last time'],
    ['cancelled', 'it was stopped the last time'],
  ])('nothing has changed since it %s: %s', (outcome, reason) => {
    expect(reasonToRun(RECORD, {record: {...RECORD}, outcome}, FROM)).toBe(reason);
  });
});
