import {mkdtempSync, readFileSync, readdirSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {StrataError} from '../../src/diagnostics/diagnostic.js';
import {writeSamples} from '../../src/store/codecs/samples.js';
import {readTable, writeTable} from '../../src/store/codecs/table.js';
import {VectorWriter, openLayer} from '../../src/store/codecs/vectors.js';
import {Store, keyOf} from '../../src/store/store.js';
import {verifyStore} from '../../src/store/verify.js';
import {failAt} from '../rig/fail.js';

const REASONS = {
  ENOSPC: 'no space left on device',
  EACCES: 'permission denied',
  EROFS: 'read-only file system',
  EIO: 'input/output error',
};
const CODES = Object.keys(REASONS) as (keyof typeof REASONS)[];
const RECORDS = [{n: 1}, {n: 2}];
const COLUMNS = [{name: 'a', type: 'int', description: ''}] as const;
const INFO = {name: 'x', depth: 0, rows: 2, tokens: 1, dim: 2, dtype: 'float32'} as const;
const SAMPLE = {id: 'a', uri: 'a', sha256: 'a', label: 0, class: 'a', split: null, boxes: []};

/** Commits two results of several parts, whole or not at all. */
async function commit(store: Store): Promise<void> {
  for (const record of RECORDS) {
    if (store.find(keyOf(record)) !== undefined) continue;
    const draft = store.draft();
    try {
      const samples = draft.path();
      const hash = await writeSamples(samples, {classes: ['a'], rows: [SAMPLE]});
      draft.add('samples', 's', samples, {}, hash);
      const layer = draft.path();
      const writer = await VectorWriter.open(layer, INFO);
      writer.write(Float32Array.of(1, 2, 3, record.n));
      const vectors = writer.close();
      draft.add('layer/x', vectors.digest, layer, {}, vectors.hash);
      const table = draft.path();
      draft.add('table', 't', table, {}, await writeTable(table, COLUMNS, [{a: record.n}]));
      draft.addBytes('recipe', 'r', '{}');
      draft.commit(record, 'activations', 0);
    } finally {
      draft.discard();
    }
  }
}

/** What went wrong, as a diagnostic. */
async function problem(body: () => Promise<unknown>): Promise<StrataError | undefined> {
  try {
    await body();
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(StrataError);
    return error as StrataError;
  }
}

test('a change of a store that fails, whichever it is', {timeout: 120_000}, async () => {
  const undisturbed = mkdtempSync(join(tmpdir(), 'strata-fail-'));
  await commit(new Store(undisturbed));
  const blobs = readdirSync(join(undisturbed, 'objects'), {recursive: true}).sort();
  let n = 0;
  for (let done = false; !done;) {
    const root = mkdtempSync(join(tmpdir(), 'strata-fail-'));
    const code = CODES[++n % CODES.length]!;
    const failure = failAt(root, code, n);
    const error = await problem(() => commit(new Store(root)));
    failure.restore();
    const what = failure.failed();
    done = what === undefined;
    if (done) expect(error).toBeUndefined();
    // What is only noted, or cleared away, may fail; nothing else.
    else if (error === undefined) expect(what).toMatch(/\/stamps|^rmSync/);
    else {
      const [diagnostic] = error.diagnostics;
      expect(diagnostic!.code).toBe('E601');
      expect(diagnostic!.message.startsWith(`cannot use the store: ${REASONS[code]} (`)).toBe(true);
      expect(diagnostic!.message).toContain(root);
      expect(diagnostic!.hint).toBeDefined();
    }
    const store = new Store(root);
    expect((await verifyStore(store)).damaged, what ?? '').toEqual([]);
    if (what?.startsWith('rmSync') === false) expect((await verifyStore(store)).drafts, what).toBe(0);
    await commit(store);
    expect(readdirSync(join(root, 'objects'), {recursive: true}).sort()).toEqual(blobs);
    for (const record of RECORDS) expect(new Store(root).find(keyOf(record))?.parts).toHaveLength(4);
    rmSync(root, {recursive: true});
  }
  rmSync(undisturbed, {recursive: true});
  expect(n).toBeGreaterThan(50);
});

test.each(CODES)('%s at any read of a store', async code => {
  const root = mkdtempSync(join(tmpdir(), 'strata-fail-'));
  await commit(new Store(root));
  rmSync(join(root, 'stamps'), {recursive: true});
  const read = async (): Promise<void> => {
    const store = new Store(root);
    const [, layer, table] = store.find(keyOf(RECORDS[0]!))!.parts;
    await openLayer(store.blob(layer!.blob), {...INFO, index: 0}).matrix();
    await readTable(store.blob(table!.blob), COLUMNS);
  };
  let n = 0;
  for (let done = false; !done;) {
    const failure = failAt(root, code, ++n, {reads: true});
    const error = await problem(read);
    failure.restore();
    const what = failure.failed();
    done = what === undefined;
    if (what === undefined || what.includes('/stamps')) expect(error).toBeUndefined();
    else expect(error?.message).toMatch(`E601 cannot use the store: ${REASONS[code]} (`);
    expect(readdirSync(root)).not.toContain('quarantine');
  }
  expect(n).toBeGreaterThan(8);
  expect(readFileSync(join(root, 'format.json'), 'utf8')).toBe('{"format":1}');
  rmSync(root, {recursive: true});
});
