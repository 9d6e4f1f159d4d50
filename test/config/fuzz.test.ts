import {readdirSync, readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {expect, test} from 'vitest';
import {StrataError, type Diagnostic} from '../../src/diagnostics/diagnostic.js';
import {experiment, FOLDER, load, type Around} from './load-text.js';
import {mutated, numbers, pick, type Below} from './mutate.js';

/**
 * Broken and sound files with bytes, nodes and lines changed, alone and composed, with words of the command line: each ends
 * in an experiment or in a StrataError whose places lie where they say, within a bound of time and memory.
 * STRATA_FUZZ sets another number of cases, and with it the seed; `npm run crash` tries more of them.
 */
const CASES = Number(process.env['STRATA_FUZZ'] ?? 8000);
/** Of processor time for a case. */
const SECONDS = 1;
const BYTES = 200e6;

const folder = fileURLToPath(new URL('../fixtures/broken/', import.meta.url));
const BASE = experiment(
  `  pixels: {stage: preprocess, from: photos, size: [96, 96], scale: &scale 0.5}
  id:
    stage: metric
    metric: twonn
    discard: 0.2
    from: {data: hidden}
  more: &more {stage: preprocess, from: photos, scale: *scale}
  again: {<<: *more, grey: true}`,
  `env: [A]
params:
  n: 5
  none: 1
  list: [1, "two", {three: 3}]
  same: "\${params.list}"
  text: "\${env:A}-\${params.n}"`,
);
const OVER = `extends: base.yaml
name: over
params: {n: 6, none: null, m: "\${params.n}"}
stages:
  id: {metric: overlap, k: "\${params.m}", discard: null}
  pixels: {size: null}
  figure: {stage: plot, plot: profile, from: [id]}
`;
const corpus = readdirSync(folder, {recursive: true, encoding: 'utf8'})
  .filter(name => name.endsWith('.yaml') && !name.includes('bomb'))
  .sort()
  .map(name => readFileSync(folder + name, 'utf8'));
const WORDS = [
  ...[
    'params.n=5',
    '+params.new.deep=[a, "b"]',
    '++stages.hidden.pool=cls',
    '~stages.id',
    'params.list+=[1, {a: 2}]',
  ],
  ...[
    'seed=1',
    'stages.photos.sample={n: 3}',
    'params.list.0=x',
    'name="a b"',
    'params.n=${env:A}',
    'params.n=1,2',
  ],
];

interface Case {
  readonly text: string;
  readonly words: readonly string[];
  readonly around: Around;
}

function caseOf(below: Below): Case {
  const words = Array.from({length: below(4) === 0 ? 1 + below(3) : 0}, () =>
    below(2) === 0 ? pick(below, WORDS) : mutated(pick(below, WORDS), below).slice(0, 20_000),
  );
  const env = {A: pick(below, ['', 'x', '7', '${params.n}', 'two\nlines'])};
  // Of two files one is as it was, so that what is told is often of both together.
  const which = below(5);
  const base = which === 0 ? mutated(BASE, below) : BASE;
  const text = which === 0 ? OVER : mutated([OVER, BASE][which - 1] ?? pick(below, corpus), below);
  return {text, words, around: {env, files: {'base.yaml': base}}};
}

/** What is wrong with the form of diagnostics: each has to lie in a text that there is, at a place of it. */
function misplaced(diagnostics: readonly Diagnostic[], {text, words, around}: Case): string | null {
  if (diagnostics.length === 0) return 'nothing told';
  const texts: Record<string, string> = {
    [`${FOLDER}/experiment.yaml`]: text,
    [`${FOLDER}/base.yaml`]: around.files?.['base.yaml'] ?? '',
    'command line': words.join('\n'),
    environment: `A=${around.env?.['A'] ?? ''}`,
  };
  const lines = new Map<string, string[]>();
  for (const [file, content] of Object.entries(texts))
    lines.set(file, (file.endsWith('.yaml') ? content.replace(/^\ufeff/, '') : content).split('\n'));
  for (const {message, place, notes = []} of diagnostics) {
    for (const at of [place, ...notes.map(note => note.place)]) {
      if (!at) return `no place: ${message}`;
      const line = lines.get(at.file)?.[at.line - 1]?.replace(/\r$/, '');
      if (line !== at.text) return `not the line: ${message}`;
      if (at.col < 1 || at.width < 1 || at.col + at.width - 2 > line.length)
        return `past the line: ${message}`;
    }
  }
  return null;
}

/** The most memory that the process has ever held, in bytes. */
const peak = (): number => process.resourceUsage().maxRSS * 1024;

/** How the cases have ended: in how many results, and in which codes. */
const ended = {results: 0, codes: new Set<string>()};

/**
 * What a case does that it must not, or null. Processor time too is longer on a busy machine, where others have the caches, and the
 * collector of garbage may run in any case: one that takes too long is tried again at once, and is at fault if it does so again.
 */
function fault(one: Case): string | null {
  const found = tried(one);
  return found !== null && found.startsWith(SLOW) ? tried(one) : found;
}

const SLOW = 'took too long';

function tried(one: Case): string | null {
  const before = {peak: peak(), held: process.memoryUsage.rss(), cpu: process.cpuUsage()};
  let told: readonly Diagnostic[] | null = null;
  try {
    load(one.text, one.words, one.around);
  } catch (error) {
    if (!(error instanceof StrataError)) return String(error instanceof Error ? error.stack : error);
    told = error.diagnostics;
  }
  const {user, system} = process.cpuUsage(before.cpu);
  if ((user + system) / 1e6 > SECONDS) return `${SLOW}: ${(user + system) / 1e6} s`;
  if (peak() > before.peak && peak() - before.held > BYTES) return `took ${peak() - before.held} bytes`;
  if (told === null) ended.results++;
  for (const {code} of told ?? []) ended.codes.add(code);
  return told && misplaced(told, one);
}

test('without a mutation they are sound', () => {
  const around = {env: {A: 'x'}, files: {'base.yaml': BASE}};
  for (const text of [OVER, BASE]) expect(load(text, ['params.n=5'], around).stages.size).toBeGreaterThan(5);
});

test(`each of ${CASES} mutated experiments ends in a result or in what is wrong`, {timeout: 600_000}, () => {
  for (let i = 0; i < CASES; i++) {
    const one = caseOf(numbers(CASES * 1_000_003 + i));
    const found = fault(one);
    if (found !== null) throw new Error(`case ${i}: ${found}\n${JSON.stringify(one).slice(0, 3000)}`);
  }
  // Much of what can be said has been said, and some mutations break nothing.
  expect(ended.codes.size).toBeGreaterThan(35);
  expect(ended.results).toBeGreaterThan(CASES / 200);
});
