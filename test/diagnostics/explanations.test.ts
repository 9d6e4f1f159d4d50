import {mkdtempSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {loadCatalogue, loadValidate} from '../../src/cli/schemas.js';
import {loadExperiment} from '../../src/config/load.js';
import {CATALOGUE, type Code} from '../../src/diagnostics/catalogue.js';
import {StrataError} from '../../src/diagnostics/diagnostic.js';
import {EXPLANATIONS} from '../../src/diagnostics/explanations.js';

const folder = mkdtempSync(join(tmpdir(), 'strata-explanations-'));
const codes = Object.keys(CATALOGUE) as Code[];

const KEYS = {strata: '1', name: 'study', seed: '0'};
const STAGES = {
  photos: '{stage: load, source: image-folder, path: photos}',
  pixels: '{stage: preprocess, from: photos, preset: vit-224}',
  hidden: '{stage: extract, from: pixels, model: vit.onnx}',
  id: '{stage: metric, metric: twonn, from: hidden}',
};

/** A sound experiment with the lines of an example in it, in place of its own of the same key. */
function around(example: string): string {
  const [top = '', stages = ''] = `${example}\n`.split(/^stages:\n/m);
  const others = (lines: Record<string, string>, given: string, indent: string): string =>
    Object.entries(lines)
      .filter(([key]) => !new RegExp(`^${indent}${key}:`, 'm').test(given))
      .map(([key, value]) => `${indent}${key}: ${value}\n`)
      .join('');
  const own = `${others(KEYS, top, '')}${top}`;
  return /^stages:/m.test(top) ? own : `stages:\n${others(STAGES, stages, '  ')}${stages}${own}`;
}

function told(example: string): Code[] {
  const words = /^strata run study.yaml (.*)$/s.exec(example)?.[1];
  writeFileSync(join(folder, 'study.yaml'), around(words === undefined ? example : ''));
  try {
    loadExperiment({
      file: 'study.yaml',
      overrides: words === undefined ? [] : [words.replace(/^'(.*)'$/s, '$1')],
      overrideFiles: [],
      cwd: folder,
      env: {},
      catalogue: loadCatalogue(),
      validate: loadValidate(),
    });
    return [];
  } catch (error) {
    if (error instanceof StrataError) return error.diagnostics.map(d => d.code);
    throw error;
  }
}

test('without an example in it, the experiment around it is sound', () => expect(told('')).toEqual([]));

describe('the example of', () => {
  const examples = codes.flatMap(code => {
    const {example} = EXPLANATIONS[code];
    return example === undefined ? [] : [[code, example] as const];
  });
  test.each(examples)('%s gives it', (code, example) => expect(told(example)).toContain(code));

  test('every code of reading, of the experiment and of the graph is there', () => {
    const wanted = codes.filter(code => /^E[012]/.test(code));
    expect(examples.map(([code]) => code)).toEqual(expect.arrayContaining(wanted));
  });
});

test('every explanation is of full sentences', () => {
  for (const code of codes) {
    for (const text of [EXPLANATIONS[code].meaning, EXPLANATIONS[code].mend]) {
      expect(text).toMatch(/^["A-Z].*[.]$/);
    }
  }
});
