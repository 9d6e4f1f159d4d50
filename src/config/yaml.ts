import {Composer, Lexer, Parser, isAlias, isMap, isScalar, isSeq} from '#yaml';
import type {CST, ParsedNode, YAMLError, YAMLMap} from '#yaml';
import type {Code} from '../diagnostics/catalogue.js';
import type {Diagnostic} from '../diagnostics/diagnostic.js';
import {problem, valueProblem} from './problem.js';
import {syntaxProblem} from './syntax.js';
import {placeOf, type Source, type Span} from './source.js';
import {
  carried,
  carriedChild,
  dict,
  excess,
  hole,
  list,
  MAX_DEPTH,
  scalar,
  shape,
  type Entry,
  type Value,
} from './value.js';

/** Characters of a file; the time to read one grows with them. */
const MAX_LENGTH = 1_048_576;

/** All plain scalars stay strings: they are typed by the schema of the place they land in. */
const OPTIONS = {
  schema: 'failsafe',
  resolveKnownTags: false,
  uniqueKeys: false,
  prettyErrors: false,
} as const;

/**
 * Reads one YAML document into a value tree: a source, or the stretch of it from `from` to before `to`. Problems are
 * added to `problems`; null means that the text is no YAML at all, or has nothing in it, or would exhaust the reader.
 */
export function parseYaml(
  source: Source,
  problems: Diagnostic[],
  from = 0,
  to = source.text.length,
): Value | null {
  const text = source.text.slice(from, to);
  const span = (start: number, end: number): Span => ({source, start: from + start, end: from + end});
  const report = (code: Code, message: string, start: number, end: number, hint?: string): null => {
    problems.push(problem(code, message, span(start, end), hint));
    return null;
  };
  if (text.length > MAX_LENGTH)
    return report('E007', `more than ${MAX_LENGTH} characters`, 0, 1, 'an experiment is a few pages');
  const {tokens, deep} = tokensOf(text);
  if (deep !== null) return report('E007', `more than ${MAX_DEPTH} levels deep`, deep, deep + 1);

  const [document, second] = new Composer(OPTIONS).compose(tokens, true, text.length);
  if (!document) return null;
  const quotes = document.errors.some(unclosed) ? closings(tokens) : null;
  // One slip makes the parser stumble many times; the first on each line tells it best.
  const lines = new Set<number>();
  for (const error of document.errors) {
    const [start, end] = error.pos;
    const open = unclosed(error) ? quotes?.get(start) : undefined;
    const at = open === undefined ? span(start, end) : span(open, open + 1);
    const {line} = source.place(at.start, at.end);
    if (!lines.has(line)) problems.push(syntaxProblem(error.code, error.message, at));
    lines.add(line);
  }
  if (second) {
    const mark = text.indexOf('---', document.range[1]);
    const start = mark < 0 ? second.range[0] : mark;
    report(
      'E004',
      'a second document starts here; an experiment is one',
      start,
      start + 3,
      'use one file for each',
    );
  }
  if (lines.size > 0) return null;
  const root = document.contents;
  if (root === null || (isScalar(root) && root.type === 'PLAIN' && root.value === '' && !root.tag)) {
    return report('E009', 'the file has nothing in it', 0, 0);
  }
  return new Reader(source, from, problems).value(root);
}

/**
 * The syntax tree of a text, or where a token begins that lies too deep, in `deep`: the parser and the composer call
 * themselves for every level that is open, so that neither may go on from there.
 */
function tokensOf(text: string): {tokens: CST.Token[]; deep: number | null} {
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) tokens.push(token);
    // The first that is open is the document.
    const deep = parser.stack[MAX_DEPTH + 2];
    if (deep && 'offset' in deep) return {tokens, deep: deep.offset};
  }
  tokens.push(...parser.end());
  return {tokens, deep: null};
}

/** All values and keys below a token of the syntax tree. */
function* within(token: CST.Token): Generator<CST.Token> {
  const open = [token];
  for (let top = open.pop(); top; top = open.pop()) {
    yield top;
    if (top.type === 'document' && top.value) open.push(top.value);
    if (!('items' in top)) continue;
    for (const {key, value} of top.items) {
      if (key) open.push(key);
      if (value) open.push(value);
    }
  }
}

const unclosed = ({message}: YAMLError): boolean => message.startsWith('Missing closing');

/** Where each quoted text begins, by where it ends: for one not closed, that is as far as the parser went for its quote. */
function closings(tokens: readonly CST.Token[]): Map<number, number> {
  const found = new Map<number, number>();
  for (const token of tokens) {
    for (const at of within(token)) {
      if (at.type.endsWith('quoted-scalar') && 'source' in at)
        found.set(at.offset + at.source.length, at.offset);
    }
  }
  return found;
}

/** Turns composed nodes into values, in document order, so that an alias finds the last anchor before it. */
class Reader {
  readonly #anchors = new Map<string, Value>();
  readonly #open = new Set<string>();

  constructor(
    readonly source: Source,
    /** Where in the source the text begins whose nodes these are. */
    readonly from: number,
    readonly problems: Diagnostic[],
  ) {}

  value(node: ParsedNode): Value {
    const span = this.#span(node);
    if (isAlias(node)) return this.#alias(node.source, span);
    if (node.anchor !== undefined) this.#open.add(node.anchor);
    const value = this.#fresh(node, span);
    if (node.anchor !== undefined) {
      this.#open.delete(node.anchor);
      this.#anchors.set(node.anchor, value);
    }
    const reason = excess(value);
    return reason === null ? value : this.#problem('E007', reason, span);
  }

  #fresh(node: Exclude<ParsedNode, {source: string; type?: undefined}>, span: Span): Value {
    if (node.tag !== undefined) {
      const hint = 'the type follows from the place; quotes make a value a string';
      const before = this.source.text.slice(Math.max(0, span.start - 100), span.start);
      const start = span.start - (/!\S*\s*$/.exec(before)?.[0].length ?? 0);
      return this.#problem('E006', 'tags are not used in experiments', {...span, start}, hint);
    }
    if (isMap(node)) return dict(this.#entries(node), span);
    if (isSeq(node))
      return list(
        node.items.map(item => this.value(item)),
        span,
      );
    return scalar(String(node.value), node.type === 'PLAIN', span);
  }

  #alias(name: string, span: Span): Value {
    if (this.#open.has(name)) return this.#problem('E005', `anchor "&${name}" contains itself`, span);
    const value = this.#anchors.get(name);
    if (value) return carried(value, [span]);
    return this.#problem('E005', `no anchor "&${name}" before this alias`, span);
  }

  #entries(map: YAMLMap.Parsed): Map<string, Entry> {
    const entries = new Map<string, Entry>();
    const merged: Value[] = [];
    for (const pair of map.items) {
      const key = this.#span(pair.key);
      const value = pair.value ? this.value(pair.value) : scalar('', true, {...key, start: key.end});
      if (!isScalar(pair.key)) this.#problem('E006', 'a key is a single word', key);
      else if (pair.key.type === 'PLAIN' && pair.key.value === '<<') merged.push(value);
      else if (!pair.value && /^[^:]+:./.test(pair.key.source)) this.#unspaced(entries, pair.key.source, key);
      else this.#add(entries, String(pair.key.value), {key, value});
    }
    for (const value of merged) this.#merge(entries, value);
    return entries;
  }

  /** `{n:5}`, which in YAML is a key without a value. */
  #unspaced(entries: Map<string, Entry>, text: string, key: Span): void {
    const hint = `write "${text.replace(':', ': ')}", with a blank after the colon`;
    const value = this.#problem('E001', `"${text}" is one word`, key, hint);
    this.#add(entries, text.slice(0, text.indexOf(':')), {key, value});
  }

  #add(entries: Map<string, Entry>, key: string, entry: Entry): void {
    const first = entries.get(key);
    if (key === '') this.#problem('E006', 'a key without a name', entry.key);
    else if (!first) entries.set(key, entry);
    else {
      const notes = [{message: 'first given here', place: placeOf(first.key)}];
      this.problems.push(problem('E003', `key "${key}" is given twice`, entry.key, null, notes));
    }
  }

  /** `<<`: the keys of a map, or of several of which the first wins, where the map does not have them itself. */
  #merge(entries: Map<string, Entry>, value: Value): void {
    for (const from of value.kind === 'list' ? value.items.map(item => carried(item, value.via)) : [value]) {
      if (from.kind === 'map') {
        for (const key of from.entries.keys())
          if (!entries.has(key)) entries.set(key, carriedChild(from, key)!);
      } else if (from.kind !== 'hole') {
        const message = `"<<" takes a map or a list of maps, not ${shape(from)}`;
        this.problems.push(valueProblem('E008', message, from));
      }
    }
  }

  #span(node: ParsedNode): Span {
    return {source: this.source, start: this.from + node.range[0], end: this.from + node.range[1]};
  }

  #problem(code: Code, message: string, span: Span, hint?: string): Value {
    this.problems.push(problem(code, message, span, hint));
    return hole(span);
  }
}
