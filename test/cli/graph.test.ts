import fc from 'fast-check';
import {afterAll, describe, expect, it} from 'vitest';
import {toDot} from '../../src/report/graph/dot.js';
import {layoutGraph, type Layout, type Point} from '../../src/report/graph/layout.js';
import {toMermaid} from '../../src/report/graph/mermaid.js';
import type {StageEdge, StageGraph} from '../../src/report/graph/stage-graph.js';
import {toSvg} from '../../src/report/graph/svg.js';
import {Workplace} from '../rig/strata.js';

const place = new Workplace();
afterAll(() => place.remove());

const graph = async (...args: string[]): Promise<string> => {
  const {code, stdout, stderr} = await place.strata('graph', ...args);
  expect({code, stderr}).toEqual({code: 0, stderr: ''});
  return stdout;
};

const TWO_SETS = `strata: 1
name: two-sets
stages:
  train: {stage: load, source: matrix, path: train.csv, label: class}
  test: {stage: load, source: matrix, path: test.csv, label: class}
  probe: {stage: probe, probe: linear, from: {from: train, test: test}}
  id: {stage: metric, metric: twonn, from: train, fraction: 0.9}
`;

describe('strata graph', () => {
  it('prints Mermaid', async () => {
    expect(await graph('experiments/quickstart.yaml')).toBe(
      `flowchart LR
  shapes["shapes<br>load shapes"]
  pixels["pixels<br>preprocess"]
  hidden["hidden<br>extract"]
  scales["scales<br>decimate"]
  id["id<br>metric twonn"]
  overlap["overlap<br>metric neighborhood-overlap"]
  probe["probe<br>probe linear"]
  figure["figure<br>plot profile"]
  shapes --> pixels
  pixels --> hidden
  hidden --> scales
  scales --> id
  hidden --> overlap
  hidden --> probe
  id --> figure
  overlap --> figure
  probe --> figure
`,
    );
  });

  it('prints DOT, with the ports that are not the main one', async () => {
    place.write('two-sets.yaml', TWO_SETS);
    expect(await graph('two-sets.yaml', '--format', 'dot')).toBe(
      `digraph "two-sets" {
  rankdir=LR
  node [shape=box, style=rounded, color="#888888", fontname="DejaVu Sans", fontsize=12, margin="0.15,0.08"]
  edge [color="#888888", arrowsize=0.7, fontname="DejaVu Sans", fontsize=10]
  "train" [label=<<b>train</b><br/><font point-size="10">load matrix</font>>]
  "test" [label=<<b>test</b><br/><font point-size="10">load matrix</font>>]
  "probe" [label=<<b>probe</b><br/><font point-size="10">probe linear</font>>]
  "id" [label=<<b>id</b><br/><font point-size="10">metric twonn</font>>]
  "train" -> "probe"
  "test" -> "probe" [label="test"]
  "train" -> "id"
}
`,
    );
  });

  it('draws SVG, the same every time, with everything that Mermaid tells', async () => {
    place.write('two-sets.yaml', TWO_SETS);
    const svg = await graph('two-sets.yaml', '--format', 'svg');
    expect(await graph('two-sets.yaml', '--format', 'svg')).toBe(svg);
    const texts = [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(m => m[1]!);
    expect(texts).toEqual([
      ...['train', 'load matrix', 'test', 'load matrix', 'probe', 'probe linear', 'id', 'metric twonn'],
      'test',
      ...['activations', 'table'],
    ]);
  });

  it('takes overrides, and shows a sweep as one graph with what it varies', async () => {
    place.write('two-sets.yaml', TWO_SETS);
    const words = ['stages.id.fraction=0.5,0.7', '~stages.probe'];
    expect(await graph('two-sets.yaml', ...words)).toBe(
      `flowchart LR
  train["train<br>load matrix"]
  test["test<br>load matrix"]
  id["id<br>metric twonn<br>fraction: 0.5, 0.7"]
  train --> id
`,
    );
  });

  it('shows a sweep as one graph in every format', async () => {
    place.write('two-sets.yaml', TWO_SETS);
    const words = ['stages.id.fraction=0.5,0.7', '~stages.probe'];
    const dot = await graph('two-sets.yaml', ...words, '--format', 'dot');
    expect(dot.match(/^ *"id" \[/gm)).toHaveLength(1);
    expect(dot).toContain('fraction: 0.5, 0.7');
    const svg = await graph('two-sets.yaml', ...words, '--format', 'svg');
    expect(svg.match(/metric twonn/g)).toHaveLength(1);
    expect(svg.match(/fraction: 0.5, 0.7/g)).toHaveLength(1);
  });

  it('says what is wrong with an experiment, or with the format', async () => {
    place.write('broken.yaml', TWO_SETS.replace('metric: twonn', 'metric: twon'));
    const broken = await place.strata('graph', 'broken.yaml');
    expect([broken.code, broken.stdout]).toEqual([2, '']);
    expect(broken.stderr).toContain('E112');
    const {code, stderr} = await place.strata('graph', 'two-sets.yaml', '--format', 'gif');
    expect([code, stderr]).toEqual([2, expect.stringContaining('Allowed choices are mermaid, dot, svg')]);
  });
});

/** Labels and ports that would be something else where they are not escaped. */
const STRANGE: StageGraph = {
  nodes: ['end', 'class-a', 'a--b', 'a-', 'plain-1'].map(label => ({
    label,
    title: `<b> "x" & y`,
    varied: [],
    output: 'table',
  })),
  edges: [{from: 'end', to: 'a--b', port: 'p"<|'}],
};

describe('escaping', () => {
  it('in Mermaid', () => {
    const title = '#60;b#62; #34;x#34; #38; y';
    expect(toMermaid(STRANGE).split('\n')).toEqual([
      'flowchart LR',
      `  _0["end<br>${title}"]`,
      `  _1["class-a<br>${title}"]`,
      `  _2["a--b<br>${title}"]`,
      `  _3["a-<br>${title}"]`,
      `  plain-1["plain-1<br>${title}"]`,
      '  _0 -->|"p#34;#60;|"| _2',
    ]);
  });

  it('in DOT', () => {
    const text = toDot(STRANGE, 'a "\\" b');
    expect(text).toContain('digraph "a \\"\\\\\\" b" {');
    expect(text).toContain('<font point-size="10">&lt;b&gt; &quot;x&quot; &amp; y</font>');
    expect(text).toContain('"end" -> "a--b" [label="p\\"<|"]');
  });

  it('in SVG', async () => {
    const svg = await toSvg(STRANGE, '<&>');
    expect(svg).toContain('<title>&lt;&amp;&gt;</title>');
    expect(svg).toContain('>&lt;b&gt; &quot;x&quot; &amp; y</text>');
    expect(svg).toContain('>p&quot;&lt;|</text>');
  });
});

/** A graph of stages `0`, `1` ...: each takes some of those before it. */
const dags = fc
  .array(fc.array(fc.nat(), {maxLength: 3}), {minLength: 1, maxLength: 14})
  .map(takes =>
    takes.flatMap((list, to): StageEdge[] =>
      to === 0
        ? []
        : [...new Set(list.map(n => n % to))].map(from => ({from: `${from}`, to: `${to}`, port: null})),
    ),
  );

const boxesOf = (edges: readonly StageEdge[]): {label: string; width: number; height: number}[] => {
  const count = 1 + Math.max(0, ...edges.map(e => Number(e.to)));
  return Array.from({length: count}, (_, i) => ({
    label: `${i}`,
    width: 60 + 7 * (i % 5),
    height: 44 + 14 * (i % 3),
  }));
};

const within = (p: Point, {boxes}: Layout): string[] =>
  boxes.filter(b => p.x > b.x && p.x < b.x + b.width && p.y > b.y && p.y < b.y + b.height).map(b => b.label);

describe('the layout of any graph', () => {
  it('keeps boxes apart, and leads lines from left to right past boxes that they do not join', async () => {
    await fc.assert(
      fc.asyncProperty(dags, async edges => {
        const layout = await layoutGraph(boxesOf(edges), edges, 40);
        const {boxes} = layout;
        boxes.forEach((a, i) => {
          for (const b of boxes.slice(i + 1)) {
            const apart =
              a.x + a.width < b.x || b.x + b.width < a.x || a.y + a.height < b.y || b.y + b.height < a.y;
            expect(apart, `${a.label} and ${b.label}`).toBe(true);
          }
          expect(a.x >= -0.001 && a.y >= -0.001).toBe(true);
          expect(a.x + a.width <= layout.width + 0.001 && a.y + a.height <= layout.height + 0.001).toBe(true);
        });
        for (const {from, to, points} of layout.edges) {
          const [source, target] = [from, to].map(label => boxes.find(b => b.label === label)!);
          expect(points[0]!.x).toBeCloseTo(source!.x + source!.width);
          expect(points.at(-1)!.x).toBeCloseTo(target!.x);
          expect(points.at(-1)!.y).toBeGreaterThan(target!.y);
          expect(points.at(-1)!.y).toBeLessThan(target!.y + target!.height);
          points.slice(1).forEach((p, i) => {
            const before = points[i]!;
            expect(p.x).toBeGreaterThan(before.x);
            // Every second stretch passes a column, level; the others lie between columns.
            if (i % 2 === 0) return;
            expect(p.y).toBe(before.y);
            for (const share of [0.01, 0.5, 0.99])
              expect(within({x: before.x + share * (p.x - before.x), y: p.y}, layout)).toEqual([]);
          });
        }
      }),
      {numRuns: 60},
    );
  });

  it('has the stages of a column in the order of the file', async () => {
    const edges = ['1', '2', '3'].map(to => ({from: '0', to, port: null}));
    const {boxes} = await layoutGraph(boxesOf(edges), edges, 40);
    const heights = boxes.slice(1).map(b => b.y);
    expect(heights).toEqual([...heights].sort((a, b) => a - b));
  });
});
