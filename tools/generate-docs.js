// Writes what the documentation says of stages and errors: docs/errors.md, and what stands between the markers
// <!-- generated: WHAT --> and <!-- end --> in README.md and docs/. With --check it only says whether it is current.
import {existsSync, readFileSync, readdirSync, writeFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import prettier from 'prettier';
import {expected} from '../dist/config/expected.js';
import {CATALOGUE} from '../dist/diagnostics/catalogue.js';
import {EXPLANATIONS} from '../dist/diagnostics/explanations.js';
import {stageId} from '../dist/stages/registry.js';

const root = fileURLToPath(new URL('../', import.meta.url));
const {stages} = JSON.parse(readFileSync(`${root}schemas/catalogue.json`, 'utf8'));
const definitions = JSON.parse(readFileSync(`${root}schemas/definitions.json`, 'utf8'));
const shown = stages.filter(s => s.kind !== 'neighbors');
const byId = new Map(shown.map(s => [stageId(s.kind, s.name), s]));

const FAMILIES = {
  E0: 'Reading YAML',
  E1: 'The experiment',
  E2: 'The graph of stages',
  E3: 'Data',
  E4: 'Models',
  E5: 'Running',
  E6: 'The store',
  E7: 'The command line',
};

const cell = text => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
const table = (head, rows) =>
  [head, head.map(() => '---'), ...rows].map(row => `| ${row.map(cell).join(' | ')} |`).join('\n');
const code = value =>
  `\`${JSON.stringify(value)
    .replaceAll(/,(?=\S)/g, ', ')
    .replaceAll(/":(?=\S)/g, '": ')}\``;
const capital = text => text.charAt(0).toUpperCase() + text.slice(1);
const phrase = text => text.replace(/(?<!\.)\.$/, '');

/** Stages that have a definition, in the order of the registry. */
const defined = shown.filter(s => stageId(s.kind, s.name) in definitions);

/** One row per parameter, those within a map by their dotted path. */
function parameters(params, prefix = '') {
  const required = params.required ?? [];
  return Object.entries(params.properties ?? {}).flatMap(([name, schema]) => {
    const own = 'default' in schema ? code(schema.default) : required.includes(name) ? 'required' : '';
    const nested = parameters(schema, `${prefix}${name}.`);
    const {default: _, ...type} = schema;
    const row = [
      `\`${prefix}${name}\``,
      expected(type),
      nested.length > 0 ? '' : own,
      phrase(schema.description),
    ];
    return [row, ...nested];
  });
}

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

/** What all members of a kind have alike. */
function shared(kind) {
  const [first, ...others] = shown.filter(s => s.kind === kind);
  const common = Object.entries(first.params.properties).filter(([name, schema]) =>
    others.every(o => same(o.params.properties[name], schema)),
  );
  return Object.fromEntries(others.length === 0 ? [] : common);
}

/** The columns that every metric of single layers has. */
const ofLayers = shown.filter(s => s.params.properties?.groupBy !== undefined);
const common = ofLayers[0].columns.filter(c => ofLayers.every(s => s.columns.some(o => same(o, c))));

const columnTable = columns =>
  table(
    ['column', 'type', 'meaning'],
    columns.map(c => [`\`${c.name}\``, c.type, phrase(c.description)]),
  );

const parameterTable = params => {
  const rows = parameters(params);
  return rows.length === 0 ? '' : table(['parameter', 'value', 'default', 'meaning'], rows);
};

const GENERATORS = {
  stages: () =>
    table(
      ['stage', '', 'does'],
      shown.map(s => [`\`${s.kind}\``, s.name === null ? '' : `\`${s.name}\``, phrase(s.summary)]),
    ),
  parameters(id) {
    const stage = byId.get(id);
    if (stage === undefined) return parameterTable({properties: shared(id)});
    const properties = Object.entries(stage.params.properties).filter(
      ([name]) => !(name in shared(stage.kind)),
    );
    return parameterTable({...stage.params, properties: Object.fromEntries(properties)});
  },
  columns(id) {
    if (id === undefined) return columnTable(common);
    return columnTable(byId.get(id).columns.filter(c => !common.some(o => same(o, c))));
  },
  /** The ports of a stage that has several. */
  inputs(id) {
    const ports = Object.entries(byId.get(id).inputs);
    if (ports.length < 2) return '';
    return table(
      ['port', 'takes', 'meaning'],
      ports.map(([name, {type, required, many, description}]) => [
        `\`${name}\``,
        `${many ? 'a list of ' : ''}${type.join(' or ')}${required ? '' : ', optional'}`,
        phrase(description),
      ]),
    );
  },
  contents: () =>
    defined
      .map(stage => {
        const {title} = definitions[stageId(stage.kind, stage.name)];
        return `- [${headingOf(stage)}](#${anchor(stage)}): ${title.charAt(0).toLowerCase()}${title.slice(1)}`;
      })
      .join('\n'),
  definitions: () => defined.map(definition).join('\n\n'),
};

/** A figure at the size it was drawn for: the file has twice as many pixels. */
function figure(id, {title, figure: caption}) {
  const path = `images/${id.replace('/', '-')}.png`;
  if (!existsSync(`${root}docs/${path}`))
    throw new Error(`docs/${path} is missing: run "node tools/make-figures.js"`);
  const width = readFileSync(`${root}docs/${path}`).readUInt32BE(16) / 2;
  return `<img src="${path}" width="${width}" alt="${title}" />\n\n${caption}`;
}

/** All that is known of a stage, under its name. */
function definition(stage) {
  const id = stageId(stage.kind, stage.name);
  const own = definitions[id];
  const parts = [
    `## ${headingOf(stage)}`,
    `**${own.title}.** ${own.text}`,
    GENERATORS.inputs(id),
    parameterTable(withoutJob(stage.params)),
    stage.output === 'table' ? GENERATORS.columns(id) : '',
    own.statuses.length === 0
      ? ''
      : table(
          ['status', 'means'],
          own.statuses.map(({status, means}) => [`\`${status}\``, means]),
        ),
    own.example ?? '',
    own.figure === null ? '' : figure(id, own),
    `Source: ${phrase(stage.source)}.`,
  ];
  return parts.filter(part => part !== '').join('\n\n');
}

/** What all stages take is told once, in docs/02-writing-experiments.md. */
function withoutJob({properties: {job: _, ...properties}, ...params}) {
  return {...params, properties};
}

const headingOf = ({kind, name}) => (kind === 'metric' || kind === 'plot' ? name : `${name} ${kind}`);
const anchor = stage => headingOf(stage).replaceAll(' ', '-');

function generate(what, file) {
  const [name, id] = what.split(' ');
  if (
    GENERATORS[name] === undefined ||
    (id !== undefined && !byId.has(id) && !shown.some(s => s.kind === id))
  )
    throw new Error(`${file}: nothing is generated for "${what}"`);
  return GENERATORS[name](id);
}

const fill = (text, file) =>
  text.replaceAll(
    /(<!-- generated: (.+) -->)[^]*?(<!-- end -->)/g,
    (_, open, what, close) => `${open}\n\n${generate(what, file)}\n\n${close}`,
  );

/** What an error means, an example of it, and what to do. */
function explanation(c, title) {
  const {meaning, example, mend} = EXPLANATIONS[c];
  const block = example === undefined ? [] : [`\`\`\`text\n${example}\n\`\`\``];
  return [`### ${c}: ${title}`, literal(meaning), ...block, literal(mend)];
}

/** Text in which no character means anything to Markdown. */
const literal = text => text.replaceAll(/[*_<>[\]`\\~|]/g, '\\$&');

const errors = [
  '# Errors',
  'What can be wrong with an experiment, its data, its models or the store has a code. `--json` gives it with the place and the remedy; `strata errors CODE` says what is said here.',
  ...Object.entries(FAMILIES).flatMap(([family, title]) => [
    `## ${family}: ${title}`,
    ...Object.entries(CATALOGUE)
      .filter(([c]) => c.startsWith(family))
      .flatMap(([c, meaning]) => explanation(c, meaning)),
  ]),
].join('\n\n');

const files = ['README.md', ...readdirSync(`${root}docs`).map(name => `docs/${name}`)].filter(f =>
  f.endsWith('.md'),
);
const config = await prettier.resolveConfig(`${root}README.md`);
const read = file => {
  try {
    return readFileSync(root + file, 'utf8');
  } catch {
    return '';
  }
};
let stale = false;
for (const file of new Set([...files, 'docs/errors.md'])) {
  const before = read(file);
  const after = await prettier.format(file === 'docs/errors.md' ? errors : fill(before, file), {
    ...config,
    parser: 'markdown',
  });
  if (after === before) continue;
  if (process.argv.includes('--check')) {
    console.error(`${file} is stale: run "node tools/generate-docs.js"`);
    stale = true;
  } else writeFileSync(root + file, after);
}
if (stale) process.exit(1);
