import {describe, expect, test} from 'vitest';
import {CATALOGUE} from '../../src/diagnostics/catalogue.js';
import type {Diagnostic, Place} from '../../src/diagnostics/diagnostic.js';
import {jsonDiagnostics, printDiagnostic, printDiagnostics} from '../../src/diagnostics/print.js';

const place = (text: string, marked: string, line = 14): Place => ({
  file: '/home/ada/experiments/fig2.yaml',
  line,
  col: text.indexOf(marked) + 1,
  width: marked.length,
  text,
});

const UNKNOWN: Diagnostic = {
  code: 'E104',
  message: 'unknown parameter "modle" for stage "extract"',
  place: place('      modle: vit.onnx', 'modle'),
  hint: 'did you mean "model"?',
};

describe('the text form', () => {
  test('is code, place, message, frame and hint', () =>
    expect(printDiagnostic(UNKNOWN, '/home/ada')).toBe(
      `E104 experiments/fig2.yaml:14:7  unknown parameter "modle" for stage "extract"
   14 |       modle: vit.onnx
      |       ~~~~~
   did you mean "model"?`,
    ));

  test('shows notes with frames of their own, and hints line by line', () => {
    const bare: Diagnostic = {code: UNKNOWN.code, message: UNKNOWN.message};
    const notes = [
      {message: 'first given here', place: place('k: 5', 'k', 3)},
      {message: 'no more is known'},
    ];
    expect(
      printDiagnostics(
        [
          {...UNKNOWN, notes},
          {...bare, hint: 'one\ntwo'},
        ],
        '/home/ada/experiments',
      ),
    ).toBe(
      `E104 fig2.yaml:14:7  unknown parameter "modle" for stage "extract"
   14 |       modle: vit.onnx
      |       ~~~~~
   did you mean "model"?
   fig2.yaml:3:1  first given here
   3 | k: 5
     | ~
   no more is known

E104  unknown parameter "modle" for stage "extract"
   one
   two
`,
    );
  });

  test('keeps the mark below what it marks behind tabs and wide characters', () => {
    const frame = (text: string): string[] =>
      printDiagnostic({...UNKNOWN, place: place(text, 'modle')}, '/')
        .split('\n')
        .slice(1, 3);
    expect(frame('\t\tmodle: x')).toEqual(['   14 | \t\tmodle: x', '      | \t\t~~~~~']);
    expect(frame('写真: 🙂 modle')).toEqual(['   14 | 写真: 🙂 modle', '      |          ~~~~~']);
    expect(frame('é: modle')).toEqual(['   14 | é: modle', '      |    ~~~~~']);
  });

  test('cuts a long line to a window around the mark', () => {
    const text = `${'a'.repeat(300)} modle ${'b'.repeat(300)}`;
    const [, line, mark] = printDiagnostic({...UNKNOWN, place: place(text, 'modle')}, '/').split('\n');
    expect(line).toHaveLength('   14 | '.length + 102);
    expect(line!.startsWith('   14 | …aaa') && line!.endsWith('bbb…')).toBe(true);
    expect(line!.indexOf('modle')).toBe(mark!.indexOf('~~~~~'));
  });

  test('marks an empty stretch with one sign', () =>
    expect(printDiagnostic({...UNKNOWN, place: {...place('k:', 'k'), col: 3}}, '/').split('\n')[2]).toBe(
      '      |   ~',
    ));

  test('is painted by whoever knows the terminal', () => {
    const tag = (name: string) => (text: string) => `<${name}>${text}</${name}>`;
    const paint = {code: tag('c'), place: tag('p'), gutter: tag('g'), mark: tag('m'), hint: tag('h')};
    expect(printDiagnostic(UNKNOWN, '/home/ada', paint)).toBe(
      `<c>E104</c> <p>experiments/fig2.yaml:14:7</p>  unknown parameter "modle" for stage "extract"
<g>   14 |</g>       modle: vit.onnx
<g>      |</g>       <m>~~~~~</m>
   <h>did you mean "model"?</h>`,
    );
  });
});

test('the machine form has ranges and titles', () => {
  const notes = [{message: 'used here'}];
  expect(
    JSON.parse(
      JSON.stringify(
        jsonDiagnostics([
          {...UNKNOWN, notes},
          {code: 'E301', message: 'gone'},
        ]),
      ),
    ),
  ).toEqual([
    {
      code: 'E104',
      title: 'unknown parameter',
      message: 'unknown parameter "modle" for stage "extract"',
      range: {file: '/home/ada/experiments/fig2.yaml', start: {line: 14, col: 7}, end: {line: 14, col: 12}},
      hint: 'did you mean "model"?',
      notes: [{message: 'used here', range: null}],
    },
    {code: 'E301', title: CATALOGUE.E301, message: 'gone', range: null, hint: null, notes: []},
  ]);
});

test('every code has a title of its own', () => {
  const titles = Object.values(CATALOGUE);
  expect(new Set(titles).size).toBe(titles.length);
  for (const code of Object.keys(CATALOGUE)) expect(code).toMatch(/^E[0-7]\d\d$/);
});
