import {afterAll, expect, test} from 'vitest';
import {createRng} from '../../src/stages/rng.js';
import {Workplace, ran} from '../rig/strata.js';
import {MATRIX, matrixCsv} from './matrix.js';

const place = new Workplace();
const undisturbed = new Workplace();
afterAll(() => {
  place.remove();
  undisturbed.remove();
});

const SWEEP = `${MATRIX}  figure: {stage: plot, plot: profile, from: [id, overlap], series: variant}
sweep: {grid: {params.k: [3, 5, 9], stages.scales.repeats: [2, 3]}}
`;

/** What a sweep ends with: its table of all variants, and the state of each. */
async function endOf(of: Workplace): Promise<unknown> {
  const {stdout} = await of.strata('compare', 'matrix', '--csv');
  const {variants} = JSON.parse(of.read('outputs/matrix/sweep.json')) as {
    variants: Record<string, {state: string}>;
  };
  const ids = Object.keys(variants);
  return {
    table: stdout,
    states: ids.map(id => [id, variants[id]!.state]),
    digests: ids.map(id => of.digests(`matrix/${id}`)),
    figure: of.digests('matrix')['figure'],
  };
}

test('a sweep that is killed again and again goes on where it was', {timeout: 120_000}, async () => {
  for (const folder of [place, undisturbed]) {
    folder.write('data.csv', matrixCsv(48));
    folder.write('a.yaml', SWEEP);
  }
  const whole = await undisturbed.run('a.yaml');
  expect(whole.code).toBe(0);
  const made = (events: typeof whole): string[] => [
    ...events.units,
    ...events.events.flatMap(e =>
      e.type === 'stage-finished' && e.outcome === 'ran' ? [`${e.stage}!`] : [],
    ),
  ];

  // Kills come ever later, so that the sweep gets to its end however little each run gets done.
  const rng = createRng(3);
  const done: string[] = [];
  let kills = 0;
  for (let code: number | null = null; code === null;) {
    const at = String(1 + rng.int(60 + 30 * kills));
    const ended = await place.startIn({STRATA_TEST_KILL: at}, 'run', '--json', 'a.yaml').finished;
    // The last line may have been cut.
    done.push(...made(ran({...ended, stdout: ended.stdout.slice(0, ended.stdout.lastIndexOf('\n') + 1)})));
    code = ended.code;
    if (code === null) kills++;
    else expect(ended).toMatchObject({code: 0, stderr: ''});
  }
  expect(kills).toBeGreaterThan(4);
  const times = (all: readonly string[]): Record<string, number> => {
    const counts: Record<string, number> = {};
    for (const one of all) counts[one] = (counts[one] ?? 0) + 1;
    return counts;
  };
  // What was finished was not run again: nothing was told to be finished more often than without kills.
  const [often, once] = [times(done), times(made(whole))];
  for (const [one, count] of Object.entries(often)) expect(count, one).toBeLessThanOrEqual(once[one] ?? 0);
  expect(await endOf(place)).toEqual(await endOf(undisturbed));
  const again = await place.run('a.yaml');
  expect(made(again)).toEqual([]);
});
