import {readFileSync} from 'node:fs';
import {expect, test} from 'vitest';
import type {Catalogue} from '../../src/stages/catalogue.js';
import type {Node} from '../../src/runner/node.js';
import {tablesFor} from '../../src/runner/neighbor-tables.js';

const catalogue = JSON.parse(
  readFileSync(new URL('../../schemas/catalogue.json', import.meta.url), 'utf8'),
) as Catalogue;

const node = (
  label: string,
  [kind, name]: readonly [string, string | null],
  from: Node['from'],
  params: Node['params'] = {},
): Node => ({
  label,
  entry: catalogue.stages.find(s => s.kind === kind && s.name === name)!,
  params,
  from,
  neighbors: {},
  seed: 0,
  paths: [],
  place: null,
});
const rows = node('rows', ['load', 'matrix'], {});
const other = node('other', ['load', 'matrix'], {});
const decimate = (params: Node['params']): Node =>
  node(
    'scales',
    ['decimate', null],
    {from: ['rows']},
    {method: 'random', fractions: [1, 0.5], sizes: null, ...params},
  );
const overlap = (label: string, k: number, from: Node['from'] = {a: ['rows']}): Node =>
  node(label, ['metric', 'neighborhood-overlap'], from, {k, with: 'labels', distance: 'euclidean'});
const imbalance = (label: string, k: number, a: string, b: string): Node =>
  node(label, ['metric', 'information-imbalance'], {a: [a], b: [b]}, {k});
const twonn = node('id', ['metric', 'twonn'], {from: ['scales']}, {discard: 0.1});

/** The size of the table of each port of each consumer. */
async function sizes(
  consumers: readonly Node[],
  known: readonly number[] = [],
  scales = decimate({}),
): Promise<Record<string, Record<string, string>>> {
  const tables = await tablesFor(consumers, [rows, other, scales, ...consumers], catalogue, table =>
    known.includes(table.params['k'] as number),
  );
  return Object.fromEntries(
    [...tables].map(([label, ports]) => [
      label,
      Object.fromEntries([...ports].map(([port, t]) => [port, `${t.label} ${String(t.params['k'])}`])),
    ]),
  );
}

test('stages that need no neighbours get none', async () => {
  expect(await sizes([node('spread', ['metric', 'anisotropy'], {from: ['rows']})])).toEqual({});
});

test.each([
  [1, 4],
  [4, 4],
  [5, 32],
  [33, 64],
  [65, 128],
  [128, 128],
  [129, 256],
  [257, 512],
  [600, 600],
])('a need of %i neighbours is met by a table of %i', async (k, size) => {
  expect(await sizes([overlap('gt', k)])).toEqual({gt: {a: `rows~neighbors ${size}`}});
});

test('one table for all who look at a representation or at subsets of it, at the largest need', async () => {
  expect(await sizes([twonn, overlap('gt', 30), overlap('far', 100)])).toEqual({
    id: {from: 'rows~neighbors 128'},
    gt: {a: 'rows~neighbors 128'},
    far: {a: 'rows~neighbors 128'},
  });
});

test.each<[params: Node['params'], table: boolean]>([
  [{}, true],
  [{fractions: [0.5, 1]}, true],
  [{method: 'blocks'}, true],
  [{fractions: [0.5, 0.25]}, false],
  [{method: 'strided', fractions: [0.5]}, false],
  // Whether there are as many samples is known only when they are there.
  [{fractions: [0.5], sizes: [100, 50]}, true],
  [{method: 'attribute', bins: 2}, false],
])('subsets made by %j have a table of the whole: %s', async (params, table) => {
  const own = {id: {from: 'rows~neighbors 4'}};
  expect(await sizes([twonn], [], decimate(params))).toEqual(table ? own : {});
});

test('of subsets alone nobody needs the table that others do', async () => {
  const gride = node('gride', ['metric', 'gride'], {from: ['scales']}, {rangeMax: 64, groupBy: 'none'});
  expect(await sizes([gride, overlap('gt', 30)], [], decimate({fractions: [0.5]}))).toEqual({
    gt: {a: 'rows~neighbors 32'},
  });
});

test('what is measured class by class has none', async () => {
  const grouped = (label: string, from: string): Node =>
    node(label, ['metric', 'twonn'], {from: [from]}, {groupBy: 'class'});
  expect(await sizes([grouped('whole', 'rows'), grouped('parts', 'scales')])).toEqual({});
  expect(await sizes([grouped('whole', 'rows'), twonn])).toEqual({id: {from: 'rows~neighbors 4'}});
});

test('a table is made on the device that the representation comes from', async () => {
  const hidden = node('hidden', ['extract', null], {}, {device: 'webgpu'});
  const consumers = [overlap('gt', 30, {a: ['hidden']}), overlap('raw', 30)];
  const tables = await tablesFor(consumers, [hidden, rows, ...consumers], catalogue, () => false);
  expect([...tables.values()].map(ports => ports.get('a')!.params['device'])).toEqual(['webgpu', 'cpu']);
});

test('each distance has its own', async () => {
  const cosine = node('cos', ['metric', 'rank-overlap'], {a: ['rows']}, {k: 10, distance: 'cosine'});
  expect(await sizes([cosine, overlap('gt', 30)])).toEqual({
    cos: {a: 'rows~cosine-neighbors 32'},
    gt: {a: 'rows~neighbors 32'},
  });
});

test('each side of a comparison has its own', async () => {
  expect(await sizes([imbalance('both', 1, 'rows', 'other'), overlap('gt', 30)])).toEqual({
    both: {a: 'rows~neighbors 32', b: 'other~neighbors 4'},
    gt: {a: 'rows~neighbors 32'},
  });
});

test.each<[need: number, known: number[], size: number]>([
  [10, [128], 128],
  [10, [128, 512], 128],
  [10, [32, 128], 32],
  [10, [4], 32],
  [40, [512], 512],
  [200, [4, 32, 128], 256],
])('a need of %i where tables of %j are known is met by %i', async (k, known, size) => {
  expect(await sizes([overlap('gt', k)], known)).toEqual({gt: {a: `rows~neighbors ${size}`}});
});
