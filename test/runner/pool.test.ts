import {afterEach, beforeEach, describe, expect, test, vi} from 'vitest';
import type {Need} from '../../src/runner/executor/need.js';
import type {Slot} from '../../src/runner/executor/pool.js';
import {Pool} from '../../src/runner/executor/pool.js';

const GB = 1e9;
const never = new AbortController().signal;

const need = (some: Partial<Need> = {}): Need => ({cpu: 1, least: 1, memory: 0, device: null, ...some});

/** What was granted so far of some wishes, in the order of the wishes. */
async function ask(pool: Pool, ...needs: Need[]): Promise<(Slot | undefined)[]> {
  const slots: (Slot | undefined)[] = needs.map(() => undefined);
  needs.forEach((wish, i) => void pool.slot(wish, never).then(slot => (slots[i] = slot)));
  await settled();
  return slots;
}

const settled = (): Promise<void> => new Promise(resolve => setImmediate(resolve));
const granted = (slots: readonly (Slot | undefined)[]): boolean[] => slots.map(slot => slot !== undefined);

/** A pool of a machine with so many cores and so much memory. */
const poolOf = (cores: number, memory: number, jobs?: number): Pool => new Pool({cores, memory, jobs});

describe('cores', () => {
  test('are given out until none is left, then to whoever waits longest', async () => {
    const slots = await ask(poolOf(2, GB), need(), need(), need(), need());
    expect(granted(slots)).toEqual([true, true, false, false]);
    slots[1]!.release();
    await settled();
    expect(granted(slots)).toEqual([true, true, true, false]);
  });

  test('a job that must have many is not overtaken by small ones', async () => {
    const slots = await ask(poolOf(4, GB), need(), need({cpu: 4, least: 4}), need());
    expect(granted(slots)).toEqual([true, false, false]);
    slots[0]!.release();
    await settled();
    expect(granted(slots)).toEqual([true, true, false]);
  });

  test('a job that makes use of all begins with what is left, but leaves none', async () => {
    const pool = poolOf(4, GB);
    const slots = await ask(pool, need(), need({cpu: 4}), need());
    expect(granted(slots)).toEqual([true, true, false]);
    expect(slots.map(slot => slot?.threads)).toEqual([1, 4, undefined]);
    slots[0]!.release();
    await settled();
    expect(granted(slots)).toEqual([true, true, true]);
  });

  test('more than there are is as many as there are', async () => {
    const [slot] = await ask(poolOf(2, GB), need({cpu: 64, least: 64}));
    expect(slot!.threads).toBe(2);
  });

  test('--jobs is a bound of its own', async () => {
    expect(granted(await ask(poolOf(8, GB, 2), need(), need(), need()))).toEqual([true, true, false]);
  });
});

test('memory is given out up to four fifths of it; a job that needs more runs alone', async () => {
  const pool = poolOf(8, 10 * GB);
  const slots = await ask(pool, need({memory: 5 * GB}), need({memory: 3 * GB}), need({memory: 64 * GB}));
  expect(granted(slots)).toEqual([true, true, false]);
  slots[0]!.release();
  await settled();
  expect(granted(slots)).toEqual([true, true, false]);
  slots[1]!.release();
  await settled();
  expect(granted(slots)).toEqual([true, true, true]);
});

describe('devices', () => {
  beforeEach(() => void vi.stubEnv('CUDA_VISIBLE_DEVICES', '3,5'));
  afterEach(() => void vi.unstubAllEnvs());

  test('go to one job each, by number', async () => {
    const pool = poolOf(8, GB);
    const slots = await ask(pool, need({device: 'cuda'}), need({device: 'cuda'}), need({device: 'cuda'}));
    expect(slots.map(slot => slot?.device)).toEqual(['cuda:0', 'cuda:1', undefined]);
    slots[1]!.release();
    await settled();
    expect(slots[2]!.device).toBe('cuda:1');
  });

  test('one that is asked for by number is waited for', async () => {
    const slots = await ask(poolOf(8, GB), need({device: 'cuda:1'}), need({device: 'cuda:1'}));
    expect(slots.map(slot => slot?.device)).toEqual(['cuda:1', undefined]);
  });

  test('one that the machine does not have is left to whoever opens it, to say so', async () => {
    const slots = await ask(poolOf(8, GB), need({device: 'cuda:7'}), need({device: 'cuda:7'}));
    expect(slots.map(slot => slot?.device)).toEqual([null, null]);
  });
});

test('who stops waiting gives up the place', async () => {
  const pool = poolOf(1, GB);
  const [first] = await ask(pool, need());
  const stop = new AbortController();
  const second = pool.slot(need(), stop.signal);
  const third = pool.slot(need(), never);
  stop.abort(new Error('stopped'));
  await expect(second).rejects.toThrow('stopped');
  first!.release();
  await expect(third).resolves.toBeDefined();
});
