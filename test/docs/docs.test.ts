/**
 * What the documents show is true. Blocks by their info string:
 *
 *     yaml file=PATH            an experiment: written to PATH, and valid
 *     yaml file=PATH invalid    the same, but refused
 *     yaml stages               stages of an experiment: valid but for labels that are not among them
 *     console                   `$ strata ...` is run, and prints what follows; `...` stands for any lines
 *     text encoding=JSON        the canonical bytes of a value, in hex
 *
 * `sh`, `python` and plain `text` are not checked. All blocks of a document share one folder.
 */
import {existsSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {encode, type Canonical} from '../../src/store/canonical.js';
import {Workplace} from '../rig/strata.js';
import {documents, fencesOf, readDocument, root, type Fence} from './fences.js';
import {matches, transcriptOf, trimmed} from './transcript.js';

type Check = (fence: Fence, place: Workplace) => Promise<void>;

const checkExperiment: Check = async ({info, lines}, place) => {
  const file = info[1]!.slice('file='.length);
  place.write(file, `${lines.join('\n')}\n`);
  const {code, stderr} = await place.strata('validate', file);
  expect(info.includes('invalid') ? code === 2 : code === 0, stderr).toBe(true);
};

/** With one core stages run one after another, and so in the order that is shown. */
const ONE_CORE = {STRATA_TEST_CORES: '1'};

const checkTranscript: Check = async ({lines}, place) => {
  for (const {args, lines: shown} of transcriptOf(lines)) {
    const {stdout, stderr} = await place.startIn(ONE_CORE, ...args).finished;
    const printed = trimmed(`${stdout}${stderr}`.split('\n'));
    if (!matches(trimmed(shown), printed))
      expect(printed.join('\n'), args.join(' ')).toBe(trimmed(shown).join('\n'));
  }
};

const checkEncoding: Check = ({info, lines}) => {
  const value = JSON.parse(info.slice(1).join(' ').slice('encoding='.length)) as Canonical;
  expect(lines.join('').replace(/\s/g, '')).toBe(encode(value).toString('hex'));
  return Promise.resolve();
};

const isStages = ({info: [kind, what]}: Fence): boolean => kind === 'yaml' && what === 'stages';

/** Of all blocks of stages at once: what is wrong with them, by the line of the block. */
async function checkStages(fences: readonly Fence[]): Promise<void> {
  const place = new Workplace();
  const files = fences.map(({line, lines}) => {
    const text = ['strata: 1', 'name: fragment', 'stages:', ...lines.map(own => `  ${own}`)];
    return place.write(`line-${line}.yaml`, `${text.join('\n')}\n`);
  });
  const {stdout} = await place.strata('validate', '--json', ...files);
  const problems = JSON.parse(stdout) as {code: string; message: string; place: {file: string}}[];
  expect(problems.filter(p => p.code !== 'E201')).toEqual([]);
  place.remove();
}

/**
 * The check of a block in its turn, null for those that are only to be read or are checked together. A YAML block that says nothing of
 * itself is a mistake.
 */
function checkOf(fence: Fence): Check | null {
  const {
    info: [kind, what = ''],
    line,
  } = fence;
  if (kind === 'console') return checkTranscript;
  if (kind === 'yaml' && what.startsWith('file=')) return checkExperiment;
  if (isStages(fence)) return null;
  if (kind === 'text' && what.startsWith('encoding=')) return checkEncoding;
  if (kind === 'yaml' || kind === undefined || kind === '')
    throw new Error(`line ${line}: a block of no known kind`);
  return null;
}

describe.each(documents)('%s', path => {
  const text = readDocument(path);
  const fences = fencesOf(text);
  const checked = fences.flatMap(fence => {
    const check = checkOf(fence);
    return check === null ? [] : [{fence, check}];
  });

  const checkAll = async (): Promise<void> => {
    const place = new Workplace();
    for (const {fence, check} of checked) {
      await check(fence, place).catch((error: unknown) => {
        throw new Error(`${path}:${fence.line}: ${(error as Error).message}`, {cause: error});
      });
    }
    place.remove();
  };
  if (checked.length > 0) test('what it shows is true', {timeout: 300_000}, checkAll);

  const stages = fences.filter(isStages);
  if (stages.length > 0) test('stages that it shows are valid', () => checkStages(stages));

  test('its links lead somewhere', () => {
    const links = [...text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)|src="([^"]+)"/g)].map(m => m[1] ?? m[2]!);
    const local = links.filter(link => !link.includes('://'));
    expect(local.filter(link => !existsSync(join(root, dirname(path), link)))).toEqual([]);
  });
});
