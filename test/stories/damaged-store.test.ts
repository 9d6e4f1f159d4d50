import {mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync} from 'node:fs';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {Workplace} from '../rig/strata.js';
import {MATRIX, matrixCsv} from './matrix.js';

let place: Workplace;
let digests: ReturnType<Workplace['digests']>;
beforeEach(async () => {
  place = new Workplace();
  place.write('data.csv', matrixCsv(60));
  place.write('a.yaml', MATRIX);
  expect((await place.run('a.yaml')).code).toBe(0);
  digests = place.digests('matrix');
});
afterEach(() => place.remove());

const blobOf = (stage: string): string =>
  `objects/${place.record('matrix').stages[stage]!.parts[0]!.blob.replace(/^../, '$&/')}`;
const resultOf = (stage: string): string =>
  `results/${place.record('matrix').stages[stage]!.key!.replace(/^../, '$&/')}.json`;

/** Flips one bit in the middle of a file of the store; size and time of modification stay. */
function damage(name: string): void {
  const file = place.path(`outputs/.store/${name}`);
  const bytes = readFileSync(file);
  const {atime, mtime} = statSync(file);
  bytes[bytes.length >> 1]! ^= 1;
  writeFileSync(file, bytes);
  utimesSync(file, atime, mtime);
}

test('what is damaged is shown to nobody, and made again by the next run', async () => {
  damage(blobOf('id'));
  const shown = await place.strata('show', 'matrix', 'id');
  expect(shown.stderr).toContain('E712  the table of "id" is no longer in the store');
  expect(shown.stdout).toBe('');
  damage(blobOf('data'));
  damage(resultOf('overlap'));
  const {code, outcomes} = await place.run('a.yaml');
  expect(code).toBe(0);
  expect(outcomes).toMatchObject({data: 'ran', scales: 'cut-off', id: 'ran', overlap: 'ran'});
  expect(place.digests('matrix')).toEqual(digests);
  expect((await place.strata('show', 'matrix', 'id')).code).toBe(0);
});

test('verify says what is damaged, puts it aside, and ends with 3; then all is well', async () => {
  const [blob, manifest] = [blobOf('id'), resultOf('overlap')];
  const owner = resultOf('id');
  damage(blob);
  damage(manifest);
  const found = await place.strata('verify');
  const lines = found.stdout.split('\n');
  expect(lines[0]).toMatch(/^outputs\/\.store: \d+ results, \d+ files of [\d.]+ kB$/);
  expect(lines).toContain(`damaged  ${manifest}  its checksum is not that of its text`);
  expect(lines).toContain(`damaged  ${owner}  ${blob}, which it names, is damaged`);
  expect(lines.find(l => l.startsWith(`damaged  ${blob} `))).toMatch(
    / {2}its bytes are not those of its name$/,
  );
  expect(lines).toContain(
    'what is damaged was put aside in quarantine/; the next run that needs it makes it again',
  );
  expect(found.code).toBe(3);

  expect((await place.run('a.yaml')).outcomes).toMatchObject({data: 'cached', id: 'ran', overlap: 'ran'});
  expect(place.digests('matrix')).toEqual(digests);
  const again = await place.strata('verify', '--json');
  expect(JSON.parse(again.stdout)).toMatchObject({
    store: place.path('outputs/.store'),
    damaged: [],
    drafts: 0,
  });
  expect(again.code).toBe(0);
});

test('verify of a store that is not there, or of a newer format', async () => {
  rmSync(place.path('outputs'), {recursive: true});
  const {code, stdout} = await place.strata('verify');
  expect(stdout).toBe('there is no store outputs/.store yet\n');
  expect(code).toBe(0);
  mkdirSync(place.path('outputs/.store'), {recursive: true});
  place.write('outputs/.store/format.json', '{"format":2}');
  for (const args of [['verify'], ['plan', 'a.yaml'], ['run', 'a.yaml']]) {
    const refused = await place.strata(...args);
    expect(refused.stderr).toBe(
      `E602  the store ${place.path('outputs/.store')} has format 2; this version of Strata reads format 1\n` +
        '   use a newer Strata, or another store with STRATA_STORE\n',
    );
    expect(refused.code).toBe(3);
  }
});
