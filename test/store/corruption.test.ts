import {
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, expect, test} from 'vitest';
import {createRng} from '../../src/stages/rng.js';
import {writeSamples} from '../../src/store/codecs/samples.js';
import {writeTable} from '../../src/store/codecs/table.js';
import {VectorWriter} from '../../src/store/codecs/vectors.js';
import {Store} from '../../src/store/store.js';
import {verifyStore} from '../../src/store/verify.js';

const CORRUPTIONS = 2000;

const root = mkdtempSync(join(tmpdir(), 'strata-corruption-'));
afterAll(() => rmSync(root, {recursive: true}));

/** A store with results of several kinds. Gives their keys. */
async function makeStore(): Promise<string[]> {
  const store = new Store(root);
  const activations = store.draft();
  const samples = activations.path();
  const row = {id: 'é', uri: 'a.png', sha256: 'aa', label: 1, class: 'dog', split: null, boxes: []};
  const hash = await writeSamples(samples, {classes: ['cat', 'dog'], rows: [row]});
  activations.add('samples', 'd', samples, {}, hash);
  const layer = activations.path();
  const info = {name: 'x', depth: 0, rows: 3, tokens: 1, dim: 2, dtype: 'float32'} as const;
  const writer = await VectorWriter.open(layer, info);
  writer.write(Float32Array.of(1, 2, 3, 4, 5, 6));
  const closed = writer.close();
  activations.add('layer/x', closed.digest, layer, {...info, index: 0}, closed.hash);
  const table = store.draft();
  const file = table.path();
  const columns = [{name: 'a', type: 'float', description: ''}] as const;
  table.add('table', 'd', file, {columns}, await writeTable(file, columns, [{a: 1.5}, {a: null}]));
  return [
    activations.commit({stage: 'one', params: {unit: 'ü'}}, 'activations', 0.1).key,
    table.commit({stage: 'two', params: {n: 1e-3}}, 'table', 0.1).key,
  ];
}

/** Changes one byte in place; size and time of modification stay. */
function corrupt(file: string, at: number, byte: number): void {
  const {atime, mtime} = statSync(file);
  const fd = openSync(file, 'r+');
  writeSync(fd, Uint8Array.of(byte), 0, 1, at);
  closeSync(fd);
  utimesSync(file, atime, mtime);
}

test('no byte that changes goes unnoticed', {timeout: 120_000}, async () => {
  const keys = await makeStore();
  const filesIn = (folder: string): string[] =>
    readdirSync(join(root, folder), {recursive: true, withFileTypes: true, encoding: 'utf8'})
      .filter(e => e.isFile())
      .map(e => join(e.parentPath, e.name))
      .sort();
  const blobs = filesIn('objects');
  const manifests = [...filesIn('results'), join(root, 'format.json')];
  const whole = new Map([...blobs, ...manifests].map(f => [f, readFileSync(f)]));
  const rng = createRng(11);
  const places = manifests.flatMap(file => Array.from(whole.get(file)!, (_, at) => ({file, at})));
  while (places.length < CORRUPTIONS) {
    const file = blobs[rng.int(blobs.length)]!;
    places.push({file, at: rng.int(whole.get(file)!.length)});
  }
  const served = (): number => {
    const store = new Store(root);
    return keys.filter(key => store.find(key) !== undefined).length;
  };
  expect(served()).toBe(2);

  const unnoticed: string[] = [];
  for (const {file, at} of places) {
    const original = whole.get(file)!;
    const byte = original[at]! ^ (1 + rng.int(255));
    corrupt(file, at, byte);
    // One of the results is damaged, or it is not known how to read the store at all.
    let found: number | string;
    try {
      found = served();
    } catch (error) {
      found = (error as Error).message.slice(0, 4);
    }
    const noticed = file.endsWith('format.json') ? ['E601', 'E602'].includes(`${found}`) : found === 1;
    writeFileSync(file, original);
    if (file.startsWith(join(root, 'objects')))
      for (const manifest of manifests) writeFileSync(manifest, whole.get(manifest)!);

    corrupt(file, at, byte);
    const verified = await verifyStore(new Store(root)).then(
      ({damaged}) => damaged.length > 0,
      (error: unknown) => (error as Error).message.startsWith('E602'),
    );
    if (!noticed || !verified) unnoticed.push(`${file} ${at} ${byte}: ${found}, ${verified}`);
    for (const [path, bytes] of whole)
      if (statSync(path, {throwIfNoEntry: false}) === undefined || path === file) writeFileSync(path, bytes);
  }
  expect(unnoticed).toEqual([]);
  expect(places).toHaveLength(CORRUPTIONS);
  expect(served()).toBe(2);
});
