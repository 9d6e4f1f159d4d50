import type {Misfit} from '../misfit.js';
import {LABEL} from './attribute.js';
import type {Pairs} from './define-pairs.js';
import {pairMisfit} from './define-pairs.js';

/** What layers are compared with. */
export type With = 'labels' | 'attribute' | 'next' | 'layers' | 'same-name';

/** The pairs of layers that are compared, where layers are compared with layers. */
export const PAIRS: Readonly<Record<Exclude<With, 'labels' | 'attribute'>, Pairs>> = {
  next: 'next',
  layers: 'all',
  'same-name': 'same-name',
};

/** Of ports that nothing is taken from, and of those that something is to be taken from and that are not joined. */
export function portMisfit(
  {with: other, attribute}: {readonly with: With; readonly attribute: string},
  ports: ReadonlySet<string>,
): Misfit | null {
  const code = 'E501';
  const single = other === 'labels' || other === 'attribute';
  if (ports.has('b') && single) {
    const message = `port b is joined, and with: ${other} takes nothing from it`;
    return {code, param: 'from.b', message, hint: 'set with: layers or same-name'};
  }
  const column = other === 'attribute' && attribute !== LABEL;
  if (ports.has('attributes') && !column) {
    const hint = 'set with: attribute, and attribute: to a column of its table';
    const message = 'port attributes is joined, and nothing is taken from it';
    return {code, param: 'from.attributes', message, hint};
  }
  if (!ports.has('attributes') && column) {
    const hint = 'join it with a stage of metric: image-statistics; or take attribute: label';
    const message = `attribute "${attribute}" is a column of a table, and port attributes is not joined`;
    return {code, param: 'attribute', message, hint};
  }
  return single ? null : pairMisfit('with', PAIRS[other], ports);
}
