import {fail} from '../../diagnostics/diagnostic.js';
import {suggestion} from '../../diagnostics/suggest.js';
import type {Catalogue, CatalogueEntry} from '../../stages/catalogue.js';

/** The metrics and probes that one set of representations, and nothing else, is enough for. */
export const measuresOf = ({stages}: Catalogue): CatalogueEntry[] =>
  stages.filter(({kind, name, inputs, params}) => {
    const required = Object.values(inputs).filter(p => p.required);
    const alone = required.length === 1 && required[0]!.type.includes('activations');
    // The model's own head is no measure of all layers.
    return (kind === 'metric' || kind === 'probe') && name !== 'head' && alone && !params.required?.length;
  });

/** @throws E713 for a name that is none of them */
export function measureNamed(name: string, measures: readonly CatalogueEntry[]): CatalogueEntry {
  const found = measures.find(m => m.name === name);
  if (found !== undefined) return found;
  const names = measures.map(m => m.name!);
  const hint = suggestion(name, names, 'there are');
  fail('E713', `there is no metric "${name}" for a first experiment`, hint === null ? {} : {hint});
}

/**
 * Says of a measure that the data do not allow.
 *
 * @param layers whether there are several layers, to be compared with each other where there are no classes
 * @throws E723
 */
export function checkMeasure(
  {name}: CatalogueEntry,
  {labelled, layers}: {labelled: boolean; layers: boolean},
): void {
  if (labelled) return;
  if (name === 'linear') fail('E723', 'the metric linear needs classes, and the data have none');
  if (name === 'neighborhood-overlap' && !layers)
    fail('E723', 'the metric neighborhood-overlap needs classes, or a model with layers to compare');
}

/** What is measured where nothing is said: those that the data allow of these. */
export const usualMeasures = (labelled: boolean): string[] =>
  labelled ? ['twonn', 'neighborhood-overlap'] : ['twonn'];

/** Whether its table has one value for each layer rather than for pairs of layers. */
export const byLayer = ({name, columns}: CatalogueEntry): boolean =>
  name === 'neighborhood-overlap' || !columns.some(c => c.name === 'other');
