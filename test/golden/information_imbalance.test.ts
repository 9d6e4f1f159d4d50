import {expect, test} from 'vitest';
import {informationImbalance} from '../../src/kernels/information-imbalance.js';
import {nearestNeighbors} from '../../src/kernels/neighbors.js';
import {expectClose} from './close.js';
import {golden, matrix} from './golden.js';

interface Case {
  readonly name: string;
  readonly input: {readonly csv_a: string; readonly csv_b: string; readonly k: number};
  readonly expected: {readonly delta_a_to_b: number; readonly delta_b_to_a: number};
  readonly tolerance: {readonly abs: number};
}

const cases = golden('information_imbalance') as Case[];
test('there are six cases', () => expect(cases).toHaveLength(6));

test.each(cases.map(c => [c.name, c] as const))(
  'information imbalance, %s',
  async (_, {input, expected, tolerance}) => {
    const {k} = input;
    const [a, b] = [matrix({csv: input.csv_a}), matrix({csv: input.csv_b})];
    const forth = await informationImbalance(await nearestNeighbors(a, k), b, k);
    expectClose(forth.imbalance, expected.delta_a_to_b, tolerance);
    const back = await informationImbalance(await nearestNeighbors(b, k + 4), a, k);
    expectClose(back.imbalance, expected.delta_b_to_a, tolerance);
  },
);
