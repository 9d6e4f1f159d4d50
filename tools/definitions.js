// Reads what a stage is from the Markdown file beside it, src/stages/KIND/NAME.md:
//
//   # Title                 a noun phrase, without a point
//   what it computes        paragraphs, lists, and formulas in blocks of `text` up to 96 characters wide
//   ## Example              optional: stages of an experiment, in a block of `yaml stages`
//   ## Statuses             optional: a table of status and meaning
//   ## Figure               optional: what docs/images/KIND-NAME.png shows
import {readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';

const SECTIONS = ['Example', 'Statuses', 'Figure'];
const WIDEST = 96;

/** The definition of a stage; null for a stage without one. */
export function readDefinition(kind, name) {
  const file = `src/stages/${kind}/${name ?? kind}.md`;
  let text;
  try {
    text = readFileSync(fileURLToPath(new URL(`../${file}`, import.meta.url)), 'utf8');
  } catch {
    return null;
  }
  try {
    return parseDefinition(text);
  } catch (error) {
    throw new Error(`${file}: ${error.message}`, {cause: error});
  }
}

/** The parts of a definition. */
export function parseDefinition(markdown) {
  const [head, ...rest] = markdown.trim().split(/^## /m);
  const [, title, text] = /^# (\S.*)\n([^]*)$/.exec(head) ?? [];
  if (title === undefined || !/^\s*(?!```|- |\|)\S/.test(text))
    throw new Error('a definition is "# Title", and below it text that begins with a sentence');
  if (/[.:]$/.test(title)) throw new Error('a title has no point at its end');
  const sections = {};
  for (const section of rest) {
    const [, name, body] = /^(.*)\n([^]*)$/.exec(section) ?? [];
    if (!SECTIONS.includes(name) || name in sections)
      throw new Error(`"## ${name ?? section}" is not one of ${SECTIONS.join(', ')}, each once`);
    sections[name] = body.trim();
  }
  const wide = [...text.matchAll(/^```text\n([^]*?)^```/gm)]
    .flatMap(([, block]) => block.split('\n'))
    .find(line => line.length > WIDEST);
  if (wide !== undefined) throw new Error(`a line of a formula is wider than ${WIDEST}: ${wide}`);
  return {
    title,
    text: text.trim(),
    example: sections.Example ?? null,
    statuses: statusesOf(sections.Statuses ?? ''),
    figure: sections.Figure ?? null,
  };
}

/** The rows of a table of status and meaning. */
function statusesOf(table) {
  const [, , ...rows] = table === '' ? [] : table.split('\n');
  return rows.map(row => {
    const [, status, means] = /^\| `(.+?)` +\| *(.*?) *\|$/.exec(row) ?? [];
    if (status === undefined) throw new Error(`not a row of statuses: ${row}`);
    return {status, means};
  });
}
