import type {Diagnostic} from '../diagnostics/diagnostic.js';
import {problem} from './problem.js';
import {COMMAND_LINE, Source, type Span} from './source.js';
import {severalValues} from './several.js';
import {scalar, type Value} from './value.js';
import {parseYaml} from './yaml.js';

/** A change from outside the file on what stands at a path, or several of which each variant of a sweep makes one. */
export type Override =
  Change | {readonly does: 'sweep'; readonly path: Path; readonly values: readonly Value[]};

export type Change =
  /** `a=1` sets what is there, `+a=1` adds what is not, `++a=1` does either, `a+=[1]` adds items to a list. */
  | {readonly does: 'set' | 'add' | 'force' | 'append'; readonly path: Path; readonly value: Value}
  /** `~a` takes away what is there. */
  | {readonly does: 'remove'; readonly path: Path};

/** The steps of a path, at least one, each with its own stretch of the word. */
export type Path = readonly [Step, ...Step[]];

export interface Step {
  readonly name: string;
  readonly span: Span;
}

/** Steps of anything but dots and signs, so that a mistyped one is still read and can be told. */
const WORD = /^(\+\+?|~)?([^\s.=~+]+(?:\.[^\s.=~+]+)*)(\+?=)?/;

/**
 * Reads words of the command line: a dotted path (list items by number), and a value unless it is taken away. The value
 * is YAML if it begins with a bracket or a quote, and else a plain scalar, all of it. Paths in it are relative to `cwd`.
 */
export function parseWords(words: readonly string[], cwd: string, problems: Diagnostic[]): Override[] {
  const source = new Source(COMMAND_LINE, cwd, words.join('\n'), 'overrides');
  let start = 0;
  return words.flatMap(word => {
    const span = {source, start, end: start + word.length};
    start += word.length + 1;
    return parse(word, span, problems) ?? [];
  });
}

/** Reads a file of overrides, one a line; empty lines and comments are passed over. */
export function parseLines(source: Source, problems: Diagnostic[]): Override[] {
  let start = 0;
  return source.text.split('\n').flatMap(line => {
    const word = withoutComment(line).trim();
    const from = start + line.indexOf(word);
    start += line.length + 1;
    if (word === '') return [];
    return parse(word, {source, start: from, end: from + word.length}, problems) ?? [];
  });
}

/** A comment begins, as in YAML, with a `#` at the start or after a blank; one after brackets or quotes YAML itself reads. */
const withoutComment = (line: string): string =>
  /^[^=#]*=\s*["'[{]/.test(line) ? line : line.replace(/(?:^|\s)#.*/s, '');

function parse(word: string, span: Span, problems: Diagnostic[]): Override | null {
  const part = (from: number, to: number): Span => ({
    ...span,
    start: span.start + from,
    end: span.start + to,
  });
  const tell = (hint: string): null => {
    problems.push(problem('E701', `"${word}" is not an override`, span, hint));
    return null;
  };
  const match = WORD.exec(word);
  const [head = '', sign, dotted = '', equals] = match ?? [];
  if (!match) return tell('write path=value, for example params.n=100 or stages.id.k=20');
  let at = sign?.length ?? 0;
  const [first, ...rest] = dotted.split('.').map((name): Step => {
    const step = {name, span: part(at, at + name.length)};
    at += name.length + 1;
    return step;
  });
  const path: Path = [first!, ...rest];
  if (sign === '~') {
    if (word.length === head.length && equals === undefined) return {does: 'remove', path};
    return tell(`"~" takes a path and no value: ~${dotted}`);
  }
  if (equals === undefined) return tell('write path=value, for example params.n=100 or stages.id.k=20');
  if (sign !== undefined && equals === '+=') return tell(`to add items to a list, write ${dotted}+=[...]`);
  const several = sign === undefined && equals === '=' ? severalOf(word, head.length, part, problems) : null;
  if (several) return {does: 'sweep', path, values: several};
  const value = valueOf(word.slice(head.length), part(head.length, word.length), problems);
  if (!value) return null;
  const does = sign === '+' ? 'add' : sign === '++' ? 'force' : equals === '+=' ? 'append' : 'set';
  if (does !== 'append' || value.kind === 'list') return {does, path, value};
  const hint = `write ${dotted}+=[${value.kind === 'scalar' ? value.text : '...'}]`;
  problems.push(problem('E703', '"+=" adds the items of a list', value.span, hint));
  return null;
}

/** Values that stand for several. */
const SEVERAL = /^(?:range|glob)\(.*\)$/s;

/** The values of `a=1,2,3`, `a=range(...)` or `a=glob(...)`; null if it has one value. */
function severalOf(
  word: string,
  from: number,
  part: (from: number, to: number) => Span,
  problems: Diagnostic[],
): readonly Value[] | null {
  const text = word.slice(from);
  if (SEVERAL.test(text)) return severalValues(scalar(text, true, part(from, word.length)), problems);
  if (!text.includes(',') || /^["'[{]/.test(text)) return null;
  let at = from;
  return text.split(',').map(item => {
    const value = scalar(item, true, part(at, at + item.length));
    at += item.length + 1;
    return value;
  });
}

function valueOf(written: string, span: Span, problems: Diagnostic[]): Value | null {
  const text = written.trim();
  if (/^["'[{]/.test(text)) {
    const found: Diagnostic[] = [];
    const value = parseYaml(span.source, found, span.start, span.end);
    problems.push(...found.map(problem => ({...problem, code: 'E703' as const})));
    return found.length > 0 ? null : value;
  }
  if (SEVERAL.test(text)) {
    const message = `"${text}" stands for several values; an override sets one`;
    problems.push(problem('E703', message, span, `a text of that form is written '"${text}"'`));
    return null;
  }
  if (!text.includes(',')) return scalar(text, true, span);
  const hint = `a list is written [${text}], a text with a comma '"${text}"'`;
  problems.push(problem('E703', `"${text}" has a comma outside brackets and quotes`, span, hint));
  return null;
}
