// Writes schemas/ from the stages: the catalogue, the definitions, the JSON Schema of experiment files, and compiled validators, so that
// nothing of it has to be worked out when a run starts. With --check it only says whether they are current.
import {readFileSync, writeFileSync} from 'node:fs';
import {Ajv2020} from 'ajv/dist/2020.js';
import standalone from 'ajv/dist/standalone/index.js';
import {JOB, entryOf} from '../dist/stages/catalogue.js';
import {STAGE_IDS, loadStage, stageId} from '../dist/stages/registry.js';
import {experimentSchema} from '../dist/config/experiment-schema.js';
import {readDefinition} from './definitions.js';

const entries = [];
for (const id of STAGE_IDS) entries.push(entryOf(await loadStage(id)));

// What only people read is in a file of its own: the catalogue is read whenever a run starts.
const definitions = Object.fromEntries(
  entries.flatMap(({kind, name}) => {
    const definition = readDefinition(kind, name);
    return definition === null ? [] : [[stageId(kind, name), definition]];
  }),
);

const json = value => `${JSON.stringify(value, null, 2)}\n`;
const schema = experimentSchema(entries.filter(e => e.kind !== 'neighbors'));

const ajv = new Ajv2020({
  allErrors: true,
  code: {source: true},
  keywords: ['x-path', 'x-when'],
  verbose: true,
});
ajv.addSchema(JOB, 'strata:job');
const exports = {};
for (const entry of entries) {
  const id = stageId(entry.kind, entry.name);
  // What all stages have in common is compiled once.
  const properties = {...entry.params.properties, job: {$ref: 'strata:job'}};
  ajv.addSchema({...entry.params, properties}, id);
  exports[id] = id;
}
const files = {
  'catalogue.json': json({stages: entries}),
  'definitions.json': json(definitions),
  'experiment.schema.json': json(schema),
  'validators.cjs': standalone.default(ajv, exports),
};

const folder = new URL('../schemas/', import.meta.url);
const stale = Object.entries(files).filter(([name, text]) => {
  try {
    return readFileSync(new URL(name, folder), 'utf8') !== text;
  } catch {
    return true;
  }
});
if (process.argv.includes('--check')) {
  for (const [name] of stale) console.error(`schemas/${name} is stale: run "npm run schemas"`);
  if (stale.length > 0) process.exit(1);
} else for (const [name, text] of stale) writeFileSync(new URL(name, folder), text);
