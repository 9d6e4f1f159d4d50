import type {ErrorCode} from '#yaml';
import type {Diagnostic} from '../diagnostics/diagnostic.js';
import {problem} from './problem.js';
import {placeOf, type Span} from './source.js';

/** What to say of the parser's own error codes, where that is clearer than its message. */
const WORDS: Partial<Record<ErrorCode, {readonly message: string; readonly hint?: string}>> = {
  BAD_SCALAR_START: {message: 'this character cannot start a value', hint: 'put the value in quotes'},
  BLOCK_AS_IMPLICIT_KEY: {
    message: 'a second "key:" on one line',
    hint: 'put a text that has ": " in it in quotes; put the keys of a map on lines of their own, or in { }',
  },
  BLOCK_IN_FLOW: {message: 'a comma or a closing bracket is missing in { } or [ ]'},
  MULTILINE_IMPLICIT_KEY: {message: 'expected "key: value"; the lines of a map are indented alike'},
  RESOURCE_EXHAUSTION: {message: 'too deep to be read'},
};

/** And of its messages, where one code stands for several. */
const MESSAGES: readonly (readonly [RegExp, string])[] = [
  [/^Unexpected .* at node end/, 'text after the end of a value'],
  [/^Unexpected .* in YAML stream/, 'text that belongs to nothing above it; check brackets and indentation'],
  [/^Missing closing/, 'the quotes that begin here are not closed'],
  [/^Flow .* end with a \}$/, 'the "{" before this is not closed'],
  [/^Flow .* end with a \]$/, 'the "[" before this is not closed'],
];

/** A reference outside quotes, whose braces YAML takes for a map of its own. */
const BARE_REFERENCE = /(?:^|[^"'$])\$\{/;

/** Tells an error of the YAML parser. */
export function syntaxProblem(code: ErrorCode, original: string, span: Span): Diagnostic {
  if (code === 'TAB_AS_INDENT')
    return problem('E002', 'a tab in the indentation', span, 'indent with spaces');
  const words = WORDS[code];
  const message =
    MESSAGES.find(([pattern]) => pattern.test(original))?.[1] ??
    words?.message ??
    original.charAt(0).toLowerCase() + original.slice(1);
  const hint = BARE_REFERENCE.test(placeOf(span).text)
    ? 'within { } and [ ] a reference needs quotes: "${params.x}"'
    : words?.hint;
  return problem('E001', message, span, hint);
}
