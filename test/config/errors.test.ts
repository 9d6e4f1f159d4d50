import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {describe, expect, test} from 'vitest';
import {loadExperiment} from '../../src/config/load.js';
import {CATALOGUE as CODES} from '../../src/diagnostics/catalogue.js';
import {StrataError, type Diagnostic} from '../../src/diagnostics/diagnostic.js';
import {printDiagnostics} from '../../src/diagnostics/print.js';
import {CATALOGUE, validate} from './catalogue.js';

/**
 * Each case is a file `broken/CASE.yaml`, or, if it takes several files, `broken/CASE/main.yaml`, and must print exactly
 * `broken/CASE.txt`. Its first lines may say how it is loaded: `# args: a.b=1 ...`, `# env: NAME=value ...`,
 * `# override-file: FILE`. `npx vitest run test/config/errors.test.ts -u` writes the texts anew.
 */
const folder = fileURLToPath(new URL('../fixtures/broken/', import.meta.url));
const listed = readdirSync(folder, {withFileTypes: true});
const texts = listed.flatMap(({name}) => (name.endsWith('.txt') ? [name.slice(0, -'.txt'.length)] : []));
const cases = listed
  .flatMap(entry => {
    if (entry.isDirectory()) return [entry.name];
    return entry.name.endsWith('.yaml') ? [entry.name.slice(0, -'.yaml'.length)] : [];
  })
  .sort();

function diagnose(name: string): readonly Diagnostic[] {
  const file = existsSync(`${folder}${name}.yaml`) ? `${name}.yaml` : `${name}/main.yaml`;
  const text = readFileSync(folder + file, 'utf8');
  const words = (key: string): string[] =>
    new RegExp(`^# ${key}: (.*)$`, 'm').exec(text)?.[1]?.split(' ') ?? [];
  try {
    loadExperiment({
      file,
      overrides: words('args'),
      overrideFiles: words('override-file'),
      cwd: folder,
      env: Object.fromEntries(words('env').map(word => word.split('='))) as Record<string, string>,
      catalogue: CATALOGUE,
      validate,
    });
  } catch (error) {
    if (error instanceof StrataError) return error.diagnostics;
    throw error;
  }
  return [];
}

describe('broken experiments', () => {
  test('each have the text they must print', () => expect(texts.sort()).toEqual(cases));

  test.each(cases)('%s', async name => {
    const diagnostics = diagnose(name);
    expect(diagnostics).not.toHaveLength(0);
    // Where a hint says which file was looked for, it says it in full.
    const printed = printDiagnostics(diagnostics, folder).replaceAll(folder, 'FOLDER/');
    await expect(printed).toMatchFileSnapshot(`${folder}${name}.txt`);
  });

  test('show every code of reading, of the experiment, of the graph and of overrides', () => {
    const shown = new Set(cases.flatMap(name => diagnose(name).map(d => d.code)));
    const codes = Object.keys(CODES).filter(code => /^E(?:[012]|70[1-4])/.test(code));
    expect(codes.filter(code => !shown.has(code as Diagnostic['code']))).toEqual([]);
  });

  test('have their mark within the line it stands under', () => {
    for (const {place, notes = []} of cases.flatMap(diagnose)) {
      for (const at of [place, ...notes.map(note => note.place)]) {
        expect(at).toBeDefined();
        expect(at!.col).toBeGreaterThan(0);
        expect(at!.col - 1).toBeLessThanOrEqual(at!.text.length);
        expect(at!.col - 1 + at!.width).toBeLessThanOrEqual(Math.max(at!.text.length, at!.col));
      }
    }
  });
});
