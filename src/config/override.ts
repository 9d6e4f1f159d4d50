import type {Diagnostic} from '../diagnostics/diagnostic.js';
import {suggestion} from '../diagnostics/suggest.js';
import {problem} from './problem.js';
import {Source, type Span} from './source.js';
import {child, dict, list, scalar, shape, type Dict, type Entry, type Value} from './value.js';
import {parseYaml} from './yaml.js';

/** A value set from outside the file: `path.to.value=value`. */
export interface Override {
  /** The steps of the path, each with its own stretch of the word. */
  readonly path: readonly Step[];
  readonly value: Value;
}

interface Step {
  readonly name: string;
  readonly span: Span;
}

/** `path=`: steps of anything but dots and signs, so that a mistyped one is still read and can be told. */
const PATH = /^([^\s.=~+]+(?:\.[^\s.=~+]+)*)=/;

/**
 * Reads words of the command line, `stages.id.k=20`: a dotted path (list items by number) and a value. The value is
 * YAML if it begins with a bracket or a quote, and else a plain scalar, all of it. Paths in it are relative to `cwd`.
 */
export function parseOverrides(words: readonly string[], cwd: string, problems: Diagnostic[]): Override[] {
  const source = new Source('command line', cwd, words.join('\n'));
  const overrides: Override[] = [];
  let start = 0;
  for (const word of words) {
    const override = parse(word, start, source, problems);
    if (override) overrides.push(override);
    start += word.length + 1;
  }
  return overrides;
}

function parse(word: string, start: number, source: Source, problems: Diagnostic[]): Override | null {
  const span = (from: number, to: number): Span => ({source, start: start + from, end: start + to});
  const match = PATH.exec(word);
  if (!match) {
    const hint = 'write path=value, for example params.n=100 or stages.id.k=20';
    problems.push(problem('E701', `"${word}" is not an override`, span(0, word.length), hint));
    return null;
  }
  const path: Step[] = [];
  let at = 0;
  for (const name of match[1]!.split('.')) {
    path.push({name, span: span(at, at + name.length)});
    at += name.length + 1;
  }
  const value = valueOf(word.slice(at), span(at, word.length), problems);
  return value && {path, value};
}

function valueOf(text: string, span: Span, problems: Diagnostic[]): Value | null {
  if (!/^\s*["'[{]/.test(text)) {
    if (!text.includes(',')) return scalar(text.trim(), true, span);
    const hint = `a list is written [${text}], a text with a comma '"${text}"'`;
    problems.push(problem('E703', `"${text}" has a comma outside brackets and quotes`, span, hint));
    return null;
  }
  // Blanks in place of what stands before the value keep every offset true.
  const {source, start, end} = span;
  const blank = source.text.slice(0, start).replace(/[^\n]/g, ' ');
  const found: Diagnostic[] = [];
  const value = parseYaml(source, found, blank + source.text.slice(start, end));
  problems.push(...found.map(problem => ({...problem, code: 'E703' as const})));
  return found.length > 0 ? null : value;
}

/** What the language lets the command line set without it being written in the file. */
const OPTIONAL = ['name', 'description', 'seed'];

/** Sets overrides in a tree, the last word on a path winning. A path that leads nowhere is a problem. */
export function applyOverrides(root: Dict, overrides: readonly Override[], problems: Diagnostic[]): Dict {
  let tree = root;
  for (const {path, value} of overrides) {
    const changed = set(tree, path, 0, value, problems);
    if (changed?.kind === 'map') tree = changed;
  }
  return tree;
}

function set(
  at: Value,
  path: readonly Step[],
  depth: number,
  value: Value,
  problems: Diagnostic[],
): Value | null {
  const step = path[depth];
  if (!step) return value;
  const below = child(at, step.name)?.value;
  const grown = below ?? missing(at, path, depth);
  if (at.kind === 'hole') return null;
  if (!grown) {
    problems.push(unknown(at, path, depth));
    return null;
  }
  const changed = set(grown, path, depth + 1, value, problems);
  if (!changed) return null;
  if (at.kind === 'list') {
    return {
      ...list(
        at.items.map((item, i) => (i === Number(step.name) ? changed : item)),
        at.span,
      ),
      via: at.via,
    };
  }
  if (at.kind !== 'map') return null;
  const last = depth === path.length - 1;
  const key = last || !below ? step.span : at.entries.get(step.name)!.key;
  const entries = new Map<string, Entry>(at.entries).set(step.name, {key, value: changed});
  return {...dict(entries, at.span), via: at.via};
}

/**
 * An empty map, for what the file need not write: a parameter of a stage that is there (its schema will tell whether it
 * is one), or a key of the experiment with a default.
 */
function missing(at: Value, path: readonly Step[], depth: number): Dict | null {
  const top = path[0]!.name;
  const may = depth === 0 ? OPTIONAL.includes(top) : top === 'stages' && depth >= 2;
  return may && at.kind === 'map' ? dict(new Map(), path[depth]!.span) : null;
}

function unknown(at: Value, path: readonly Step[], depth: number): Diagnostic {
  const {name, span} = path[depth]!;
  const above = path
    .slice(0, depth)
    .map(step => step.name)
    .join('.');
  if (at.kind === 'list') {
    const count = at.items.length;
    return problem('E702', `"${above}" has ${count} items, counted from 0; there is no "${name}"`, span);
  }
  if (at.kind !== 'map')
    return problem('E702', `"${above}" is ${shape(at)}; there is no "${name}" in it`, span);
  const names = depth === 0 ? new Set([...OPTIONAL, ...at.entries.keys()]) : at.entries.keys();
  const message = above === '' ? `the experiment has no "${name}"` : `"${above}" has no "${name}"`;
  return problem('E702', message, span, suggestion(name, names, 'known'));
}
