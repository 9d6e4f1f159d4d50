import {describe, expect, it} from 'vitest';
import {layerChannel, spaced} from '../../../src/stages/plot/layer-axis.js';

const layers = (n: number, name = (i: number) => `blocks.${i}`) =>
  Array.from({length: n}, (_, index) => ({layer: name(index), depth: index / (n - 1), index}));

interface Axis {
  title: string | null;
  values: number[];
  labelExpr: string;
  labelAngle: number;
}
const axisOf = (channel: Record<string, unknown>): Axis => channel['axis'] as Axis;

describe('layerChannel', () => {
  it('names few layers at their depths', () => {
    const channel = layerChannel(layers(5), {scale: 'depth', alike: true, width: 480, bare: false});
    expect(channel).toMatchObject({field: 'depth', type: 'quantitative', scale: {domain: [0, 1]}});
    expect(axisOf(channel)).toMatchObject({
      title: 'layer at its relative depth',
      values: [0, 0.25, 0.5, 0.75, 1],
      labelExpr: `{"0":"blocks.0","1":"blocks.4","0.25":"blocks.1","0.5":"blocks.2","0.75":"blocks.3"}[datum.value] || ''`,
      labelAngle: 0,
    });
  });

  it('slants names that do not fit flat', () => {
    const channel = layerChannel(layers(12), {scale: 'depth', alike: true, width: 480, bare: false});
    expect(axisOf(channel).labelAngle).toBe(-45);
  });

  it('shows numbers for the depth of many layers', () => {
    const channel = layerChannel(layers(17), {scale: 'depth', alike: true, width: 480, bare: false});
    expect(axisOf(channel)).toMatchObject({title: 'relative depth', tickCount: 10});
    expect(axisOf(channel).labelExpr).toBeUndefined();
  });

  it('thins the names of many layers at even distances', () => {
    const channel = layerChannel(layers(60), {scale: 'layer', alike: true, width: 480, bare: false});
    const labels = JSON.parse(axisOf(channel).labelExpr.replace("[datum.value] || ''", '')) as Record<
      string,
      string
    >;
    expect(Object.keys(labels).map(Number).slice(0, 3)).toEqual([0, 3, 6]);
    expect(labels['59']).toBe('blocks.59');
    expect(axisOf(channel).values).toHaveLength(60);
  });

  it('sets one tick where two layers have the same depth', () => {
    const same = layers(3).map(l => ({...l, depth: Math.min(l.depth, 0.5)}));
    expect(axisOf(layerChannel(same, {scale: 'depth', alike: true, width: 480, bare: false})).values).toEqual(
      [0, 0.5],
    );
  });

  it('keeps only the ticks of a bare axis', () => {
    const channel = layerChannel(layers(5), {scale: 'index', alike: true, width: 480, bare: true});
    expect(axisOf(channel)).toMatchObject({title: null, labels: false});
  });
});

describe('spaced', () => {
  it('keeps the last and those that clear their neighbours', () => {
    expect(spaced([0, 10, 20, 30, 35], 15)).toEqual([true, false, true, false, true]);
    expect(spaced([0, 3], 15)).toEqual([false, true]);
    expect(spaced([0, 0, 20], 15)).toEqual([true, false, true]);
  });
});
