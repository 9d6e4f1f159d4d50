import fc from 'fast-check';
import {afterAll, expect, test} from 'vitest';
import {ran, Workplace} from '../rig/strata.js';
import {matrixCsv} from '../stories/matrix.js';

const place = new Workplace();
afterAll(() => place.remove());

type Kind = 'matrix' | 'manifold' | 'strided' | 'random' | 'anisotropy' | 'twonn' | 'imbalance' | 'profile';

/** A stage of a random experiment. */
interface Stage {
  readonly label: string;
  readonly kind: Kind;
  /** Sets a parameter that shows in the result. */
  readonly value: number;
  /** Sets a parameter that does not show in the result, if the kind has one. */
  readonly idle: number;
  readonly from: readonly string[];
}

/** What a kind takes and gives; its parameters, those that show in the result first; and whether it draws. */
const KINDS: Readonly<
  Record<
    Kind,
    {
      readonly takes: readonly ('vectors' | 'subsets' | 'table')[];
      readonly gives: 'vectors' | 'subsets' | 'table' | 'figure';
      readonly what: string;
      readonly shown: (value: number) => string;
      readonly idle: (idle: number) => string;
      readonly draws?: true;
    }
  >
> = {
  matrix: {
    takes: [],
    gives: 'vectors',
    what: 'stage: load, source: matrix',
    shown: value => `path: ${value}.csv`,
    idle: idle => `label: ${idle === 0 ? 'class' : 3}`,
  },
  manifold: {
    takes: [],
    gives: 'vectors',
    what: 'stage: load, source: manifold, n: 40, manifold: sphere',
    shown: value => `noise: ${value / 8}`,
    idle: () => 'embedding: isometric',
    draws: true,
  },
  strided: {
    takes: ['vectors'],
    gives: 'subsets',
    what: 'stage: decimate, method: strided',
    shown: value => `fractions: [1, ${[0.5, 0.25, 0.2][value]!}]`,
    idle: () => '',
  },
  random: {
    takes: ['vectors'],
    gives: 'subsets',
    what: 'stage: decimate, method: random, fractions: [1, 0.5]',
    shown: value => `repeats: ${value + 1}`,
    idle: () => '',
    draws: true,
  },
  anisotropy: {
    takes: ['vectors'],
    gives: 'table',
    what: 'stage: metric, metric: anisotropy',
    shown: value => `centre: ${value === 0}`,
    idle: () => '',
  },
  twonn: {
    takes: ['subsets'],
    gives: 'table',
    what: 'stage: metric, metric: twonn',
    shown: value => `fraction: ${[0.9, 0.8, 0.7][value]!}`,
    idle: () => '',
  },
  imbalance: {
    takes: ['vectors', 'vectors'],
    gives: 'table',
    what: 'stage: metric, metric: information-imbalance',
    shown: value => `k: ${value + 1}`,
    idle: () => '',
  },
  profile: {
    takes: ['table', 'table'],
    gives: 'figure',
    what: 'stage: plot, plot: profile',
    shown: value => `title: "${'t'.repeat(value + 1)}"`,
    idle: () => '',
  },
};

/** Picks of numbers that make a stage: what cannot be joined to anything becomes one that can. */
interface Pick {
  readonly kind: Kind;
  readonly inputs: readonly number[];
  readonly value: number;
}

function stagesOf(picks: readonly Pick[]): Stage[] {
  const stages: Stage[] = [];
  for (const [i, {kind, inputs, value}] of picks.entries()) {
    const label = `s${i}`;
    const from = KINDS[kind].takes.map((type, port) => {
      const fitting = stages.filter(s => KINDS[s.kind].gives === type);
      return fitting[inputs[port]! % Math.max(1, fitting.length)]?.label;
    });
    const joined = from.every(l => l !== undefined) && new Set(from).size === from.length;
    const plots = stages.filter(s => s.kind === 'profile').length;
    if (joined && (kind !== 'profile' || plots === 0)) stages.push({label, kind, value, idle: 0, from});
    else stages.push({label, kind: 'matrix', value, idle: 0, from: []});
  }
  return stages;
}

function textOf(stages: readonly Stage[]): string {
  const lines = stages.map(({label, kind, value, idle, from}) => {
    const {what, shown, idle: unseen} = KINDS[kind];
    const inputs =
      kind === 'imbalance'
        ? [`from: {a: ${from[0]!}, b: ${from[1]!}}`]
        : from.length > 0
          ? [`from: [${from.join(', ')}]`]
          : [];
    return `  ${label}: {${[what, ...inputs, shown(value), unseen(idle)].filter(t => t !== '').join(', ')}}`;
  });
  return `strata: 1\nname: random\nstages:\n${lines.join('\n')}\n`;
}

/** What a stage is found by, and what comes of it, by label: a model of the runner that is too simple to be wrong. */
function modelOf(stages: readonly Stage[]): Map<string, {key: string; content: string}> {
  const model = new Map<string, {key: string; content: string}>();
  for (const {label, kind, value, idle, from} of stages) {
    const {what, shown, idle: unseen, draws} = KINDS[kind];
    const names = kind === 'profile' ? from : [];
    const seed = draws === true ? label : '';
    const all = [what, shown(value), seed, ...names, ...from.map(l => model.get(l)!.content)];
    // Every stage that decimates has its seed in the key, whether the method draws or not.
    const key = JSON.stringify([...all, unseen(idle), KINDS[kind].gives === 'subsets' ? label : '']);
    model.set(label, {key, content: JSON.stringify(all)});
  }
  return model;
}

/** How each stage must end, given the results that are known; of equal stages that are new, one runs. */
function expected(stages: readonly Stage[], known: ReadonlySet<string>): Map<string, string> {
  const model = modelOf(stages);
  const outcomes = new Map<string, string>();
  for (const {label, from} of stages) {
    const decided = from.every(l => outcomes.get(l) === 'cached');
    const there = known.has(model.get(label)!.key);
    outcomes.set(label, !there ? 'ran' : decided ? 'cached' : 'cut-off');
  }
  return outcomes;
}

const known = new Set<string>();

/** Runs an experiment and checks how each of its stages ended. */
async function check(stages: readonly Stage[]): Promise<void> {
  const want = expected(stages, known);
  const model = modelOf(stages);
  place.write('random.yaml', textOf(stages));
  const {code, outcomes, stdout} = await place.run('random.yaml');
  expect(code, stdout).toBe(0);
  for (const [label, outcome] of want) {
    const twins = stages.filter(s => model.get(s.label)!.key === model.get(label)!.key).map(s => s.label);
    if (outcome !== 'ran' || twins.length === 1) expect([label, outcomes[label]]).toEqual([label, outcome]);
    else {
      // Both may be under way at once; then each of their units is made by one of them.
      expect(twins.map(l => outcomes[l])).toContain('ran');
      const units = twins.map(l => place.record('random').stages[l]!.units ?? {ran: 0, cached: 0});
      const all = Math.max(...units.map(u => u.ran + u.cached));
      expect(units.reduce((sum, u) => sum + u.ran, 0)).toBeLessThanOrEqual(all);
    }
  }
  for (const {key} of model.values()) known.add(key);
}

const pick = fc.record({
  kind: fc.constantFrom<Kind>(
    'matrix',
    'manifold',
    'strided',
    'random',
    'anisotropy',
    'twonn',
    'imbalance',
    'profile',
  ),
  inputs: fc.tuple(fc.nat(100), fc.nat(100)),
  value: fc.nat(2),
});
const change = fc.record({at: fc.nat(100), value: fc.nat(2), idle: fc.nat(1)});

test(
  'what runs is what a change reaches, less what gives the same result as before',
  {timeout: 300_000},
  async () => {
    for (const value of [0, 1, 2]) place.write(`${value}.csv`, matrixCsv(40, {from: value + 1}));
    await fc.assert(
      fc.asyncProperty(
        fc.array(pick, {minLength: 5, maxLength: 14}),
        fc.array(change, {minLength: 1, maxLength: 3}),
        async (picks, changes) => {
          const before = stagesOf(picks);
          const after = [...before];
          for (const {at, value, idle} of changes) {
            const index = at % after.length;
            after[index] = {...after[index]!, value, idle};
          }
          await check(before);
          await check(after);
          // Undone, and done again: all of it is known by now.
          await check(before);
          await check(after);
          const found = place.digests('random');
          const fresh = ran(
            await place.startIn({STRATA_STORE: 'fresh'}, 'run', '--json', 'random.yaml').finished,
          );
          expect(fresh.code).toBe(0);
          // No false hit: what was pieced together from earlier results is what a run from nothing gives.
          expect(place.digests('random')).toEqual(found);
        },
      ),
      {numRuns: 4, endOnFailure: true},
    );
  },
);
