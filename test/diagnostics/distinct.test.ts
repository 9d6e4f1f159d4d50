import {expect, test} from 'vitest';
import type {Diagnostic} from '../../src/diagnostics/diagnostic.js';
import {distinct} from '../../src/diagnostics/distinct.js';

test('what reads the same is kept once, and whatever differs in what is read is kept', () => {
  const first: Diagnostic = {code: 'E503', message: 'broke', stack: 'at a'};
  const others: readonly Diagnostic[] = [
    {code: 'E501', message: 'broke'},
    {code: 'E503', message: 'broke again'},
    {code: 'E503', message: 'broke', hint: 'mend it'},
    {code: 'E503', message: 'broke', notes: [{message: 'said'}]},
    {code: 'E503', message: 'broke', place: {file: 'a.yaml', line: 1, col: 1, width: 1, text: 'a'}},
  ];
  expect(distinct([first, ...others, {...first, stack: 'at b'}, ...others])).toEqual([first, ...others]);
});
