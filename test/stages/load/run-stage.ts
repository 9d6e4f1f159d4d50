import {mkdtempSync, rmSync, writeFileSync, mkdirSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {Ajv2020} from 'ajv/dist/2020.js';
import {afterEach} from 'vitest';
import {StrataError} from '../../../src/diagnostics/diagnostic.js';
import type {Context, Inputs, Output, StageDefinition} from '../../../src/stages/define.js';
import type {ImageOrigin, Samples} from '../../../src/stages/ports.js';
import {loadStage} from '../../../src/stages/registry.js';
import {createRng} from '../../../src/stages/rng.js';

const ajv = new Ajv2020({useDefaults: true, allErrors: true}).addVocabulary(['x-path', 'x-when']);

const noInputs: Inputs = new Proxy({} as Inputs, {
  get: (_, name) => {
    if (name === 'has') return () => false;
    throw new Error('a load stage has no inputs');
  },
});

export function context(seed = 0, signal = new AbortController().signal): Context {
  return {signal, rng: createRng(seed), threads: 1, log: () => undefined, progress: () => undefined};
}

/** The parameters with all defaults, as the stage's schema has them. */
export function complete(
  stage: StageDefinition,
  params: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const full = structuredClone(params);
  const valid = ajv.compile(stage.params);
  if (!valid(full)) throw new Error(ajv.errorsText(valid.errors));
  return full;
}

/** Runs a stage as the runner does: defaults filled in, paths absolute. */
export async function runStage(
  id: string,
  params: Readonly<Record<string, unknown>>,
  ctx = context(),
): Promise<Output> {
  const stage = await loadStage(id);
  return stage.run(ctx, noInputs, complete(stage, params), []);
}

/** The images that a load stage lists. */
export async function loadImages(
  source: string,
  params: Readonly<Record<string, unknown>>,
  ctx = context(),
): Promise<{samples: Samples; origin: ImageOrigin}> {
  const stage = await loadStage(`load/${source}`);
  const output = await runStage(`load/${source}`, params, ctx);
  if (output.type !== 'images') throw new Error(`${source} gave ${output.type}`);
  return {samples: output.samples, origin: {source, params: complete(stage, params)}};
}

/** What a promise fails with, as it is shown: `E302 message (hint)`, without a folder's path before its files. */
export async function failure(work: Promise<unknown>, folder = ''): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof StrataError)) throw error;
    const lines = error.diagnostics.map(
      d => `${d.code} ${d.message}${d.hint === undefined ? '' : ` (${d.hint})`}`,
    );
    const text = lines.join('\n');
    return folder === '' ? text : text.replaceAll(`${folder}/`, '').replaceAll(folder, 'FOLDER');
  }
  throw new Error('it did not fail');
}

const folders: string[] = [];
afterEach(() => folders.splice(0).forEach(f => rmSync(f, {recursive: true})));

/** A temporary folder with these files. */
export function folderOf(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'strata-load-'));
  folders.push(folder);
  for (const [name, content] of Object.entries(files)) {
    const file = join(folder, name);
    mkdirSync(dirname(file), {recursive: true});
    writeFileSync(file, content);
  }
  return folder;
}

/** What is to be done about a number of an array that is not finite. */
export const UNTIL_FINITE =
  '(leave such samples out or replace the values, and save again; numpy.argwhere(~numpy.isfinite(x)) lists them all)';
