import {describe, expect, it} from 'vitest';
import {prose, wrap} from '../../src/report/prose.js';

describe('wrap', () => {
  it('breaks between words, and never within one', () => {
    expect(wrap('one two\nthree', 7)).toEqual(['one two', 'three']);
    expect(wrap('one incomprehensible two', 5)).toEqual(['one', 'incomprehensible', 'two']);
    expect(wrap(' ', 5)).toEqual([]);
  });
});

describe('prose', () => {
  it('fills paragraphs, hangs lists, and leaves formulas as they are', () => {
    const markdown = [
      'Of **two** estimators, `regression`',
      'is [the first](x.md):',
      '',
      '- `a`: one that is long',
      '  enough',
      '- b',
      '',
      '```text',
      'F(x)  =  1 -  x^(-d)   and so on and on',
      '',
      'G = F',
      '```',
      '',
      'Then.',
    ].join('\n');
    expect(prose(markdown, 24)).toEqual([
      'Of two estimators,',
      '`regression` is the',
      'first:',
      '',
      '- `a`: one that is long',
      '  enough',
      '- b',
      '',
      '    F(x)  =  1 -  x^(-d)   and so on and on',
      '',
      '    G = F',
      '',
      'Then.',
    ]);
  });
});
