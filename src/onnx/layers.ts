/** What a user may write to choose layers of a model. */
import {fail} from '../diagnostics/diagnostic.js';
import {suggest} from '../diagnostics/suggest.js';
import type {Inspection, Layer} from './inspect.js';

/** Names that stand for several layers. */
const GROUPS: Readonly<Record<string, RegExp | undefined>> = {
  blocks: /^blocks\.\d+$/,
  stages: /^stages\.\d+$/,
  all: /^/,
};

/**
 * The layers that `wanted` names, in the order of the forward pass, each once.
 *
 * @param wanted one or several of: `blocks`, `stages`, `all`; a name such as `blocks.3.mlp.act`; a pattern of names,
 *   where `*` stands for any part between two dots; a tensor of the graph
 * @param file how messages call the model
 * @throws E403 if a name matches nothing
 */
export function resolveLayers(
  inspection: Inspection,
  wanted: string | readonly string[],
  file: string,
): Layer[] {
  const names = typeof wanted === 'string' ? [wanted] : wanted;
  const chosen = new Set(names.flatMap(name => match(inspection, name, file)));
  const named = inspection.layers.filter(l => chosen.has(l));
  const tensors = inspection.tensors.filter(l => chosen.has(l));
  const order = new Map(inspection.tensors.map((l, i) => [l.tensor, i]));
  const at = (l: Layer): number => order.get(l.tensor) ?? -1;
  return [...named, ...tensors].sort((a, b) => at(a) - at(b));
}

function match(inspection: Inspection, name: string, file: string): Layer[] {
  const {layers, tensors, notes} = inspection;
  const pattern = GROUPS[name] ?? (name.includes('*') ? glob(name) : undefined);
  const found = pattern
    ? layers.filter(l => pattern.test(l.name))
    : [layers.find(l => l.name === name) ?? tensors.find(l => l.name === name)].filter(l => l !== undefined);
  if (found.length > 0) return found;
  const names = layers.map(l => l.name);
  const close = suggest(name, [...Object.keys(GROUPS), ...names, ...tensors.map(l => l.name)]);
  const hint = [
    ...(close === null ? [] : [`did you mean "${close}"?`]),
    `there are: ${summary(names)}`,
    ...notes,
  ].join('\n');
  fail('E403', `no layer matches "${name}" in ${file}`, {hint});
}

/** A pattern of names, where `*` stands for any part between two dots. */
export function glob(pattern: string): RegExp {
  const escaped = pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '[^.]*');
  return new RegExp(`^${escaped}$`);
}

/** Names with runs of numbers drawn together: `blocks.0..11`. */
export function summary(names: readonly string[]): string {
  const runs = new Map<string, number[]>();
  for (const name of names) {
    const number = /\d+/.exec(name)?.[0];
    const key = number === undefined ? name : name.replace(number, '#');
    const run = runs.get(key) ?? [];
    if (number !== undefined) run.push(Number(number));
    runs.set(key, run);
  }
  return [...runs]
    .map(([key, run]) => {
      const [low, high] = [Math.min(...run), Math.max(...run)];
      return key.replace('#', low === high ? `${low}` : `${low}..${high}`);
    })
    .join(', ');
}
