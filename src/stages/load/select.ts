import {Type} from '#typebox';
import {fail} from '../../diagnostics/diagnostic.js';
import type {Sample} from '../ports.js';
import {createRng, shuffle, type Rng} from '../rng.js';
import {when} from '../when.js';
import {nearest} from './nearest.js';

const DRAWN = {n: 'given'} as const;

/** What every load source can be told to keep: parameters `sample` and `classes`. */
export const selection = {
  sample: Type.Object(
    {
      n: Type.Union([Type.Integer({minimum: 1}), Type.Null()], {
        description: 'Number of samples to draw in all, without replacement. Default: all.',
        default: null,
      }),
      by: when(
        DRAWN,
        Type.Enum(['none', 'class'], {
          description: 'none: uniformly; class: as many of every class, to within one.',
          default: 'none',
        }),
      ),
      seed: when(
        DRAWN,
        Type.Union([Type.Integer(), Type.Null()], {
          description:
            'Seed of the draw. Default: from the seed of the experiment and the label of the stage.',
          default: null,
        }),
      ),
    },
    {
      description: 'Random sample; the samples keep their order.',
      default: {n: null, by: 'none', seed: null},
      additionalProperties: false,
    },
  ),
  classes: Type.Union(
    [Type.Array(Type.Union([Type.Integer({minimum: 0}), Type.String()]), {minItems: 1}), Type.Null()],
    {
      description:
        'Classes to keep, by name or number; they keep their numbers, so that the head of a model still fits. Default: all.',
      default: null,
    },
  ),
};

/** The further parameter of sources that know which split a sample is in. */
export const splitParam = Type.Union([Type.String(), Type.Null()], {
  description: 'Split to keep, such as train or val. Default: all.',
  default: null,
});

export interface Selection {
  readonly sample: {readonly n: number | null; readonly by: 'none' | 'class'; readonly seed: number | null};
  readonly classes: readonly (number | string)[] | null;
  readonly split?: string | null;
}

type Candidate = Pick<Sample, 'label' | 'class' | 'split'>;

/**
 * The samples that the parameters ask for, in source order.
 *
 * @param rows - all samples of the source
 * @param classes - class names by label
 * @param rng - used if the sample has no seed of its own
 * Errors: E304 if classes are asked of unlabelled samples, E306 if a class, a split or as many samples are not there.
 */
export function select<T extends Candidate>(
  rows: readonly T[],
  classes: readonly string[],
  {sample, classes: wanted, split = null}: Selection,
  rng: Rng,
): T[] {
  let kept = [...rows];
  if (split !== null) kept = keepSplit(kept, split);
  if (wanted !== null) kept = keepClasses(kept, classes, wanted);
  if (sample.n === null) return kept;
  if (sample.n > kept.length) fail('E306', `sample of ${sample.n}: there are only ${kept.length} samples`);
  const draw = sample.seed === null ? rng : createRng(sample.seed);
  const chosen =
    sample.by === 'class' ? balanced(kept, classes, sample.n, draw) : uniform(kept.length, sample.n, draw);
  return chosen.sort((a, b) => a - b).map(i => kept[i]!);
}

function keepSplit<T extends Candidate>(rows: readonly T[], split: string): T[] {
  const kept = rows.filter(r => r.split === split);
  if (kept.length === 0) {
    const splits = [...new Set(rows.flatMap(r => (r.split === null ? [] : [r.split])))].sort();
    const none = {hint: 'the samples of this source have no split'};
    fail('E306', `split "${split}" is not in the data`, splits.length === 0 ? none : nearest(split, splits));
  }
  return kept;
}

function keepClasses<T extends Candidate>(
  rows: readonly T[],
  classes: readonly string[],
  wanted: readonly (number | string)[],
): T[] {
  requireLabels(rows, 'classes');
  const labels = new Set(wanted.map(w => (typeof w === 'number' ? w : labelOf(w, classes))));
  const present = new Set(rows.map(r => r.label));
  for (const label of labels) {
    if (present.has(label)) continue;
    const numbers = [...present].map(Number).sort((a, b) => a - b);
    fail('E306', `class ${classes[label] ?? label} (number ${label}) has no samples`, {
      hint: `classes with samples: ${numbers.slice(0, 12).join(', ')}${numbers.length > 12 ? ` ... ${numbers.at(-1)!}` : ''}`,
    });
  }
  return rows.filter(r => labels.has(r.label!));
}

function labelOf(name: string, classes: readonly string[]): number {
  const label = classes.indexOf(name);
  if (label < 0) fail('E306', `class "${name}" is not in the data`, nearest(name, classes));
  const other = classes.indexOf(name, label + 1);
  if (other >= 0)
    fail('E306', `classes ${label} and ${other} are both named "${name}"`, {hint: 'give the number'});
  return label;
}

function requireLabels(rows: readonly Candidate[], what: string): void {
  if (rows.some(r => r.label === null)) fail('E304', `${what}: the samples have no labels`);
}

/** n of `count` numbers, uniformly without replacement. */
function uniform(count: number, n: number, rng: Rng): number[] {
  return shuffle(
    Array.from({length: count}, (_, i) => i),
    rng,
  ).slice(0, n);
}

/** Row numbers: of every class n / classes; those that make up the remainder come from classes drawn at random. */
function balanced(rows: readonly Candidate[], classes: readonly string[], n: number, rng: Rng): number[] {
  requireLabels(rows, 'sample by class');
  const members = new Map<number, number[]>();
  rows.forEach((r, i) => {
    const list = members.get(r.label!);
    if (list === undefined) members.set(r.label!, [i]);
    else list.push(i);
  });
  const labels = [...members.keys()].sort((a, b) => a - b);
  const each = Math.floor(n / labels.length);
  const short = labels.find(l => members.get(l)!.length < each);
  if (short !== undefined) {
    const has = members.get(short)!.length;
    fail(
      'E306',
      `sample of ${n} by class: ${each} of each are needed, class "${classes[short] ?? short}" has ${has}`,
    );
  }
  const extra = n - each * labels.length;
  const roomy = labels.filter(l => members.get(l)!.length > each);
  if (roomy.length < extra) {
    fail(
      'E306',
      `sample of ${n} by class: ${extra} classes need ${each + 1} samples, only ${roomy.length} have them`,
    );
  }
  const more = new Set(shuffle(roomy, rng).slice(0, extra));
  return labels.flatMap(l => shuffle(members.get(l)!, rng).slice(0, each + (more.has(l) ? 1 : 0)));
}
