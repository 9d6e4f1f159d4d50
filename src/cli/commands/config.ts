import {relative} from 'node:path';
import {loadExperiment} from '../../config/load.js';
import type {Line} from '../../config/render.js';
import {originOf, resolved, resolvedLines, type Origin} from '../../config/resolved.js';
import {withoutInternal} from '../open.js';
import {paintFor} from '../paint.js';
import {loadCatalogue, loadValidate} from '../schemas.js';

interface Options {
  readonly json?: boolean;
  readonly origins?: boolean;
  readonly overrideFile: readonly string[];
}

/** `strata config FILE [OVERRIDE...]` */
export function config(
  file: string,
  overrides: readonly string[],
  {json = false, origins = false, overrideFile}: Options,
): Promise<number> {
  const catalogue = withoutInternal(loadCatalogue());
  const experiment = loadExperiment({
    file,
    overrides,
    overrideFiles: overrideFile,
    cwd: process.cwd(),
    env: process.env,
    catalogue,
    validate: loadValidate(),
  });
  const lines = resolvedLines(experiment, catalogue);
  const origin = ({path, opens}: Line): Origin => originOf(experiment, path, opens);
  let text: string;
  if (json) {
    const data = resolved(experiment, catalogue);
    const all = Object.fromEntries(lines.map(line => [line.path.join('.'), jsonOf(origin(line))]));
    text = JSON.stringify(origins ? {experiment: data, origins: all} : data, null, 1);
  } else if (origins) text = annotated(lines, line => wordsOf(origin(line)));
  else text = lines.map(line => line.text).join('\n');
  process.stdout.write(`${text}\n`);
  return Promise.resolve(0);
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
