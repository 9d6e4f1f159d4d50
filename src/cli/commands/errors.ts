import {CATALOGUE} from '../../diagnostics/catalogue.js';
import {fail} from '../../diagnostics/diagnostic.js';
import {EXPLANATIONS} from '../../diagnostics/explanations.js';
import {suggestion} from '../../diagnostics/suggest.js';
import {paintFor} from '../paint.js';

/** `strata errors [CODE]` */
export function errors(written: string | undefined): Promise<number> {
  const paint = paintFor(process.stdout);
  const codes = Object.keys(CATALOGUE) as (keyof typeof CATALOGUE)[];
  if (written === undefined) {
    for (const code of codes) process.stdout.write(`${paint('bold', code)}  ${CATALOGUE[code]}\n`);
    return Promise.resolve(0);
  }
  const code = codes.find(known => known === written.toUpperCase());
  if (code === undefined) {
    const hint = suggestion(written.toUpperCase(), codes, 'codes') ?? '"strata errors" lists all codes';
    fail('E713', `there is no error ${written}`, {hint});
  }
  const {meaning, example, mend} = EXPLANATIONS[code];
  const indented = example === undefined ? [] : [example.replace(/^/gm, '    '), ''];
  const lines = [`${paint('bold', code)}  ${CATALOGUE[code]}`, '', meaning, '', ...indented, mend];
  process.stdout.write(`${lines.join('\n')}\n`);
  return Promise.resolve(0);
}
