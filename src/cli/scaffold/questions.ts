import {StrataError} from '../../diagnostics/diagnostic.js';
import type {CatalogueEntry} from '../../stages/catalogue.js';
import {PATH_OF, SOURCES, checkPath, readData} from './data.js';
import {checkMeasure, measureNamed, usualMeasures} from './measures.js';
import {checkModel} from './model.js';
import {listed, newFile, sourceNamed, type Wishes} from './wishes.js';

/** A person at a terminal. */
export interface Person {
  /** The answer, without the line break. */
  ask(question: string): Promise<string>;
  tell(text: string): void;
}

/** Asks for what is left out, each thing until the answer can be used. An empty answer takes what stands in brackets. */
export async function askFor(
  wishes: Wishes,
  measures: readonly CatalogueEntry[],
  person: Person,
): Promise<Wishes> {
  const question = async <T>(text: string, usual: string, read: (answer: string) => T): Promise<T> => {
    for (;;) {
      const answer = (await person.ask(`${text}${usual === '' ? '' : ` [${usual}]`}: `)).trim();
      try {
        return read(answer === '' ? usual : answer);
      } catch (error) {
        if (!(error instanceof StrataError)) throw error;
        for (const {message, hint} of error.diagnostics)
          person.tell(`  ${message}${hint === undefined ? '' : `; ${hint}`}\n`);
      }
    }
  };
  /** A path; none for an empty answer. */
  const file = (text: string, check: (path: string) => void): Promise<string | undefined> =>
    question(`${text} (none)`, '', path => {
      if (path === '') return undefined;
      check(path);
      return path;
    });

  let {data, path, labels, model, metric, name} = wishes;
  data ??= await question(`data: ${SOURCES.join(', ')}`, 'shapes', sourceNamed);
  const source = data;
  const wanted = PATH_OF[source];
  if (wanted !== null)
    path ??= await question(wanted, '', answer => {
      checkPath(answer, source);
      return answer;
    });
  const labelled = (given: string | undefined): boolean => readData(source, {path, labels: given}).labelled;
  if (!labelled(labels) && source === 'idx')
    labels ??= await file('file of labels', p => checkPath(p, source));
  if (!labelled(labels) && source === 'matrix')
    labels ??= await file('labels: a column, or a file', () => undefined);
  if (source !== 'shapes' && source !== 'matrix') model ??= await file('model, an ONNX file', checkModel);
  if (metric === undefined) {
    person.tell(`metrics: ${measures.map(m => m.name).join(', ')}\n`);
    const allowed = {labelled: labelled(labels), layers: source === 'shapes' || model !== undefined};
    metric = await question('which', usualMeasures(allowed.labelled).join(', '), answer =>
      listed(answer).map(word => {
        const measure = measureNamed(word, measures);
        checkMeasure(measure, allowed);
        return measure.name!;
      }),
    );
  }
  name ??= await question('name of the experiment', 'first', answer => {
    newFile(answer);
    return answer;
  });
  return {name, data, path, labels, model, metric};
}
