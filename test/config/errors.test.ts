import {readdirSync, readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {describe, expect, test} from 'vitest';
import {loadExperiment} from '../../src/config/load.js';
import {CATALOGUE as CODES} from '../../src/diagnostics/catalogue.js';
import {StrataError, type Diagnostic} from '../../src/diagnostics/diagnostic.js';
import {printDiagnostics} from '../../src/diagnostics/print.js';
import {CATALOGUE, validate} from './catalogue.js';

/**
 * Each `broken/CASE.yaml` is loaded, with the overrides of its first line (`# args: a.b=1 ...`) if it has any, and must
 * print exactly `broken/CASE.txt`. `npx vitest run test/config/errors.test.ts -u` writes those anew.
 */
const folder = fileURLToPath(new URL('../fixtures/broken/', import.meta.url));
const files = readdirSync(folder);
const named = (ending: string): string[] =>
  files.filter(file => file.endsWith(ending)).map(file => file.slice(0, -ending.length));
const cases = named('.yaml');

function diagnose(name: string): readonly Diagnostic[] {
  const args = /^# args: (.*)\n/.exec(readFileSync(`${folder}${name}.yaml`, 'utf8'))?.[1];
  try {
    const overrides = args?.split(' ') ?? [];
    loadExperiment({file: `${name}.yaml`, overrides, cwd: folder, catalogue: CATALOGUE, validate});
  } catch (error) {
    if (error instanceof StrataError) return error.diagnostics;
    throw error;
  }
  return [];
}

describe('broken experiments', () => {
  test('each have the text they must print', () => expect(named('.txt')).toEqual(cases));

  test.each(cases)('%s', async name => {
    const diagnostics = diagnose(name);
    expect(diagnostics).not.toHaveLength(0);
    await expect(printDiagnostics(diagnostics, folder)).toMatchFileSnapshot(`${folder}${name}.txt`);
  });

  test('show every code of reading, of the experiment, of the graph and of overrides', () => {
    const shown = new Set(cases.flatMap(name => diagnose(name).map(d => d.code)));
    const codes = Object.keys(CODES).filter(code => /^E(?:[012]|70)/.test(code));
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
