import {mkdirSync, writeFileSync} from 'node:fs';
import {relative} from 'node:path';
import {createInterface} from 'node:readline/promises';
import {fail} from '../../diagnostics/diagnostic.js';
import {withoutInternal} from '../open.js';
import {packageFile} from '../package.js';
import {readData} from '../scaffold/data.js';
import {firstExperiment} from '../scaffold/experiment.js';
import {checkMeasure, measureNamed, measuresOf, usualMeasures} from '../scaffold/measures.js';
import {readModel} from '../scaffold/model.js';
import {askFor} from '../scaffold/questions.js';
import {FOLDER, listed, newFile, type Wishes} from '../scaffold/wishes.js';
import {loadCatalogue} from '../schemas.js';

interface Options extends Wishes {
  readonly yes?: boolean;
}

/** `strata init [NAME]` */
export async function init(name: string | undefined, {yes = false, ...options}: Options): Promise<number> {
  const measures = measuresOf(withoutInternal(loadCatalogue()));
  const told: Wishes = {...options, name, metric: options.metric?.flatMap(listed)};
  const asks = !yes && process.stdin.isTTY && process.stdout.isTTY;
  const wishes = asks ? await asked(told, measures) : told;

  const file = newFile(wishes.name ?? 'first');
  const data = readData(wishes.data ?? 'shapes', wishes);
  if (data.source === 'matrix' && wishes.model !== undefined)
    fail('E723', 'a matrix is measured as it is: --model does not go with --data matrix');
  const model = wishes.model ?? (data.source === 'shapes' ? shipped('models/shapes-vit/final.onnx') : null);
  const chosen = (wishes.metric ?? usualMeasures(data.labelled)).map(m => measureNamed(m, measures));
  for (const measure of chosen) checkMeasure(measure, {labelled: data.labelled, layers: model !== null});
  const text = firstExperiment({
    name: wishes.name ?? 'first',
    folder: FOLDER,
    schema: shipped('schemas/experiment.schema.json'),
    data,
    model: model === null ? null : {path: model, ...(await readModel(model, data))},
    measures: chosen,
  });
  mkdirSync(FOLDER, {recursive: true});
  writeFileSync(file, text, {flag: 'wx'});
  process.stdout.write(`wrote ${file}\n\nstrata graph ${file}\nstrata run ${file}\n`);
  return 0;
}

async function asked(wishes: Wishes, measures: Parameters<typeof askFor>[1]): Promise<Wishes> {
  const lines = createInterface({input: process.stdin, output: process.stdout});
  // Ctrl-C, or the end of the input.
  const stop = (): void => process.exit(130);
  lines.on('close', stop);
  try {
    return await askFor(wishes, measures, {
      ask: question => lines.question(question),
      tell: text => void process.stdout.write(text),
    });
  } finally {
    lines.off('close', stop);
    lines.close();
  }
}

/** A file of this package: relative where it is installed below the working directory, else absolute. */
function shipped(path: string): string {
  const whole = packageFile(path);
  const below = relative('.', whole);
  return below.startsWith('..') ? whole : below;
}
