/** What every rule of shape inference is made of. */
import {intsOf} from '../attributes.js';
import type {Call, Fact} from './facts.js';
import {ShapeError} from './fold.js';

/** The facts of a node's outputs from those of its inputs. */
export type Rule = (call: Call) => (Fact | undefined)[];

export const fact = (type: number, dims: readonly number[]): Fact => ({type, dims});

export function axisOf(axis: number, rank: number): number {
  const positive = axis < 0 ? axis + rank : axis;
  if (positive < 0 || positive >= Math.max(rank, 1)) throw new ShapeError(`axis ${axis} of ${rank}`);
  return positive;
}

export function axes(call: Call, index: number): number[] | undefined {
  return call.has(index) ? [...call.value(index).data] : intsOf(call.node, 'axes');
}

export const like: Rule = call => [fact(call.fact(0).type, call.dims(0))];

/** The same rule for several operators. */
export const all = (rule: Rule, names: string): Record<string, Rule> =>
  Object.fromEntries(names.split(' ').map(name => [name, rule]));
