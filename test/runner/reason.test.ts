import {describe, expect, test} from 'vitest';
import type {Canonical} from '../../src/store/canonical.js';
import type {KeyRecord} from '../../src/store/manifest.js';
import {keyOf} from '../../src/store/store.js';
import type {Outcome} from '../../src/runner/events.js';
import type {LastRecord, Ports} from '../../src/runner/reason.js';
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
const FROM: Ports = {from: ['hidden'], test: ['id']};
const last = (record: KeyRecord | null, outcome: Outcome = 'ran', from: Ports | null = FROM): LastRecord => ({
  run: '20260101-000000',
  outcome,
  record,
  key: record === null ? null : keyOf(record),
  from,
});

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
  ['seed changed', {...RECORD, seed: 8}],
  ['decimate -> extract', RECORD, {...RECORD, stage: 'decimate'}],
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
  ['params.model: model.data added', params({model: {content: {model: 'aa', 'model.data': 'cc'}}})],
  ['params.model: other added, model removed', params({model: {content: {other: 'aa'}}})],
  [
    'params.folder: 3 files changed, d.png added, 2 files removed',
    params({folder: {content: {a: '2', b: '2', c: '2', 'd.png': '1'}}}),
    params({folder: {content: {a: '1', b: '1', c: '1', e: '1', f: '1'}}}),
  ],
  // 0 and -0 look the same and are not.
  ['params.k 0 -> -0', params({k: -0}), params({k: 0})],
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
  // Of several, the first in the order code, parameters, inputs.
  ['extract version 1 -> 2', {...params({k: 5}), version: 2, seed: 8}],
  ['params.k 10 -> 5', {...params({k: 5}), seed: 8}],
  ['params.k 10 -> 5', {...params({k: 5}), inputs: {}}],
];

describe('why a stage runs', () => {
  test.each(CHANGES)('%s', (reason, now, before = RECORD) => {
    expect(reasonToRun(now, last(before), FROM)).toBe(reason);
  });

  const other = [input({samples: 'x', 'layer/embed': 'y', 'layer/norm': 'z'})];
  const gt = {...input({table: 'u'}), label: 'gt'};
  test.each<[reason: string, from: Ports, inputs: KeyRecord]>([
    ['from: hidden -> raw', {...FROM, from: ['raw']}, inputs({from: other})],
    ['test: id -> id, gt', {...FROM, test: ['id', 'gt']}, inputs({test: [...RECORD.inputs.test, gt]})],
    ['test: id -> gt', {...FROM, test: ['gt']}, inputs({test: [gt]})],
    ['test: id -> none', {from: FROM['from']!}, {...RECORD, inputs: without(RECORD.inputs, 'test')}],
    ['with: none -> gt', {...FROM, with: ['gt']}, inputs({with: [gt]})],
    // The content is the same: only what shows the label runs.
    ['id is now gt', {...FROM, test: ['gt']}, inputs({test: [{...RECORD.inputs.test[0]!, label: 'gt'}]})],
  ])('other stages on a port: %s', (reason, from, now) => {
    expect(reasonToRun(now, last(RECORD), from)).toBe(reason);
  });

  test('two stages have changed places', () => {
    const two = [RECORD.inputs.test[0]!, gt];
    const swapped = inputs({test: [...two].reverse()});
    const before = last(inputs({test: two}), 'ran', {...FROM, test: ['id', 'gt']});
    expect(reasonToRun(swapped, before, {...FROM, test: ['gt', 'id']})).toBe('test: id, gt -> gt, id');
  });

  test('of a stage that the planner added, nobody has written what it takes', () => {
    expect(reasonToRun(inputs({from: other}), last(RECORD, 'ran', null), FROM)).toBe('hidden changed');
  });

  test('never run: there is no earlier record', () => {
    expect(reasonToRun(RECORD, undefined, FROM)).toBe('never run');
  });

  test.each<[Outcome, string]>([
    ['ran', 'its result is no longer in the store'],
    ['cached', 'its result is no longer in the store'],
    ['cut-off', 'its result is no longer in the store'],
    ['failed', 'it failed the last time'],
    ['cancelled', 'it was stopped the last time'],
  ])('nothing has changed since it %s: %s', (outcome, reason) => {
    expect(reasonToRun(RECORD, last({...RECORD}, outcome), FROM)).toBe(reason);
  });

  test.each<[Outcome, string]>([
    ['skipped', 'it was skipped the last time'],
    ['cancelled', 'it was stopped the last time'],
  ])('the last run did not come to it, %s: %s', (outcome, reason) => {
    expect(reasonToRun(RECORD, last(null, outcome), FROM)).toBe(reason);
  });
});
