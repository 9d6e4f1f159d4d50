import {relative} from 'node:path';
import {loadVariants, type Variant} from '../../config/load.js';
import type {Line} from '../../config/render.js';
import {originOf, resolved, resolvedLines, type Origin} from '../../config/resolved.js';
import {fail} from '../../diagnostics/diagnostic.js';
import {suggestion} from '../../diagnostics/suggest.js';
import {withoutInternal} from '../open.js';
import {paintFor} from '../paint.js';
import {loadCatalogue, loadValidate} from '../schemas.js';
import {experimentName} from '../variants.js';

interface Options {
  readonly json?: boolean;
  readonly origins?: boolean;
  /** Id of the variant of a sweep; the first unless given. */
  readonly variant?: string;
  readonly overrideFile: readonly string[];
}

/** `strata config FILE [OVERRIDE...]` */
export function config(
  file: string,
  overrides: readonly string[],
  {json = false, origins = false, variant: id, overrideFile}: Options,
): Promise<number> {
  const catalogue = withoutInternal(loadCatalogue());
  const variants = loadVariants({
    file,
    overrides,
    overrideFiles: overrideFile,
    cwd: process.cwd(),
    env: process.env,
    catalogue,
    validate: loadValidate(),
  });
  const variant = chosen(variants, id);
  const experiment = {...variant.experiment, name: experimentName(variant)};
  const lines = resolvedLines(experiment, catalogue);
  const origin = ({path, opens}: Line): Origin => originOf(experiment, path, opens);
  let text: string;
  if (json) {
    const data = resolved(experiment, catalogue);
    const all = Object.fromEntries(lines.map(line => [line.path.join('.'), jsonOf(origin(line))]));
    text = JSON.stringify(origins ? {experiment: data, origins: all} : data, null, 1);
  } else {
    const body = origins
      ? annotated(lines, line => wordsOf(origin(line)))
      : lines.map(line => line.text).join('\n');
    text = `${heading(variant, variants)}${body}`;
  }
  process.stdout.write(`${text}\n`);
  return Promise.resolve(0);
}

/** The variant of this id, or the first. */
function chosen(variants: readonly Variant[], id: string | undefined): Variant {
  const found = id === undefined ? variants[0] : variants.find(variant => variant.id === id);
  if (found) return found;
  const ids = variants.flatMap(variant => variant.id ?? []);
  const hint = ids.length === 0 ? 'nothing is swept' : suggestion(id!, ids, 'variants');
  return fail('E713', `there is no variant "${id!}"`, {hint: hint ?? 'strata run --list FILE lists them'});
}

/** More variants than this are not listed. */
const LISTED = 24;

/** Which variant this is of which; nothing for an experiment that does not sweep. */
function heading({id, together}: Variant, variants: readonly Variant[]): string {
  if (id === null) return '';
  const ids = variants.slice(0, LISTED).map(variant => variant.id);
  const more = variants.length > LISTED ? ` and ${variants.length - LISTED} more` : '';
  const number = variants.findIndex(variant => variant.id === id) + 1;
  const plots = together.map(({label}) => label).join(', ');
  const lines = [
    `variant ${number} of ${variants.length}: ${id}`,
    `--variant chooses among ${ids.join(' ')}${more}`,
    ...(plots === '' ? [] : [`without what shows all variants: ${plots}`]),
  ];
  return lines.map(line => `# ${printable(line)}\n`).join('');
}

/** Comments stand in one column, past lines of up to this length. */
const COLUMN = 60;

function annotated(lines: readonly Line[], comment: (line: Line) => string): string {
  const lengths = lines.map(({text}) => text.length).filter(length => length <= COLUMN);
  const column = Math.max(0, ...lengths);
  const paint = paintFor(process.stdout);
  return lines.map(line => `${line.text.padEnd(column)}  ${paint('dim', `# ${comment(line)}`)}`).join('\n');
}

/** A comment ends with its line, so that what might end it is left out. */
const printable = (text: string): string => text.replace(/\p{Cc}/gu, ' ');

function wordsOf(origin: Origin): string {
  switch (origin.from) {
    case 'default':
      return 'default';
    case 'file': {
      const {file, line, col} = origin.place;
      return printable(`${relative('.', file)}:${line}:${col}`);
    }
    case 'override':
      return printable(`override ${origin.word}`);
    case 'environment':
      return `environment ${origin.variable}`;
  }
}

function jsonOf(origin: Origin): unknown {
  if (origin.from !== 'file') return origin;
  const {file, line, col} = origin.place;
  return {from: 'file', file, line, col};
}
