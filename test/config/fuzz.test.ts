import {readdirSync, readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {getHeapStatistics} from 'node:v8';
import {describe, expect, test} from 'vitest';
import {StrataError, type Diagnostic} from '../../src/diagnostics/diagnostic.js';
import {experiment, FOLDER, load, type Around} from './load-text.js';
import {mutated, numbers, pick, type Below} from './mutate.js';

/**
 * Broken and sound files with bytes, nodes and lines changed, alone and composed, with words of the command line: each ends
 * in an experiment or in a StrataError whose places lie where they say, within a bound of time and memory.
 * STRATA_FUZZ sets another number of cases, and with it the seed.
 */
const CASES = Number(process.env['STRATA_FUZZ'] ?? 20_000);
const SECONDS = 1;
const BYTES = 200e6;

const folder = fileURLToPath(new URL('../fixtures/broken/', import.meta.url));
const BASE = experiment(
  `  pixels: {stage: preprocess, from: photos, size: [96, 96], scale: &scale 0.5}
  id:
    stage: metric
    metric: twonn
    from: {data: hidden}
  more: &more {stage: preprocess, from: photos, scale: *scale}
  again: {<<: *more, grey: true}`,
  `env: [A]
params:
  n: 5
  list: [1, "two", {three: 3}]
  same: "\${params.list}"
  text: "\${env:A}-\${params.n}"`,
);
const OVER = `extends: base.yaml
name: over
params: {n: 6, list: null, m: "\${params.n}"}
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
  const text = which === 0 ? OVER : mutated(which === 1 ? OVER : pick(below, corpus), below);
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

/** What a case does that it must not, or null. */
function fault(one: Case): string | null {
  const heap = getHeapStatistics().used_heap_size;
  const start = process.cpuUsage();
  let told: readonly Diagnostic[] | null = null;
  try {
    load(one.text, one.words, one.around);
  } catch (error) {
    if (!(error instanceof StrataError)) return String(error instanceof Error ? error.stack : error);
    told = error.diagnostics;
  }
  const {user, system} = process.cpuUsage(start);
  const grown = getHeapStatistics().used_heap_size - heap;
  if ((user + system) / 1e6 > SECONDS) return `took ${(user + system) / 1e6} s`;
  if (grown > BYTES) return `took ${grown} bytes`;
  return told && misplaced(told, one);
}

describe('mutated files and words', () => {
  test(`of ${CASES} cases, each ends in a result or in what is wrong`, {timeout: 600_000}, () => {
    const peak = process.resourceUsage().maxRSS;
    let sound = 0;
    for (let i = 0; i < CASES; i++) {
      const one = caseOf(numbers(CASES + i));
      const t0 = process.cpuUsage();
      const found = fault(one);
      const t1 = process.cpuUsage(t0);
      const ms = (t1.user + t1.system) / 1000;
      (globalThis as any).H ??= [];
      (globalThis as any).H.push([ms, i, one.text.length + (one.around.files!['base.yaml'] ?? '').length]);
      if (found !== null) throw new Error(`case ${i}: ${found}\n${JSON.stringify(one).slice(0, 3000)}`);
      sound++;
    }
    expect(sound).toBe(CASES);
    const H = (globalThis as any).H;
    H.sort((a: any, b: any) => b[0] - a[0]);
    console.log(H.slice(0, 12), 'total', H.reduce((a: any, b: any) => a + b[0], 0), 'top 5%', H.slice(0, CASES / 20).reduce((a: any, b: any) => a + b[0], 0));
    console.log('peak', (process.resourceUsage().maxRSS - peak) / 1024);
  });
});
