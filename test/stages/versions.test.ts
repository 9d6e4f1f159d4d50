import {spawnSync} from 'node:child_process';
import {cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const bless = (...args: string[]): {stderr: string; status: number | null} =>
  spawnSync(process.execPath, [join(root, 'tools/bless-stage-versions.js'), ...args], {encoding: 'utf8'});

test('no code of a stage has moved without its version', () => {
  const {stderr, status} = bless('--check');
  expect(stderr).toBe('');
  expect(status).toBe(0);
});

describe('in a copy of the sources', () => {
  const copy = mkdtempSync(join(tmpdir(), 'strata-versions-'));
  const edit = (name: string, change: (text: string) => string): void =>
    writeFileSync(join(copy, name), change(readFileSync(join(copy, name), 'utf8')));
  beforeAll(() => {
    for (const name of ['src/stages', 'src/kernels', 'src/onnx', 'schemas/catalogue.json'])
      cpSync(join(root, name), join(copy, name), {recursive: true});
    mkdirSync(join(copy, 'test'));
    bless(copy);
    edit('test/stage-versions.json', text => text.replaceAll(/"version": \d+/g, '"version": 1'));
    edit('schemas/catalogue.json', text => text.replaceAll(/"version": \d+/g, '"version": 1'));
  });
  afterAll(() => rmSync(copy, {recursive: true}));

  test('exactly the stages that run other code are told, and how to go on', () => {
    // Comments, types and what nothing imports may move.
    edit('src/kernels/anisotropy.ts', text => `${text}\n/** More. */\nexport type More = number;\n`);
    writeFileSync(join(copy, 'src/kernels/unused.ts'), 'export const more = 1;\n');
    // A kernel, what runs in a thread of its own, and a raised version.
    edit('src/kernels/twonn.ts', text => `${text}\nvoid 0;\n`);
    edit('src/stages/preprocess/pixel-worker.ts', text => `${text}\nvoid 0;\n`);
    edit('schemas/catalogue.json', text => text.replace('"version": 1', '"version": 2'));
    const {stderr, status} = bless('--check', copy);
    expect(stderr).toBe(`extract: its code has changed, its version is still 1
load/shapes has version 2 now, not 1
metric/image-statistics: its code has changed, its version is still 1
metric/twonn: its code has changed, its version is still 1

Where results can differ now, raise the version of the stage. Then, and also where they cannot, run

   node tools/generate-schemas.js && node tools/bless-stage-versions.js

`);
    expect(status).toBe(1);
  });
});
