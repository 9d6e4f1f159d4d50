import type {StageEdge} from './stage-graph.js';

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A stage to place: the height and the least width of its box. */
export interface Box {
  readonly label: string;
  readonly width: number;
  readonly height: number;
}

/** A box, by its upper left corner. */
export interface PlacedBox extends Box, Point {}

/** A line from the right side of a box to the left side of another. */
export interface PlacedEdge extends StageEdge {
  /** Ends, and in between where it enters and leaves each column of boxes that it passes. */
  readonly points: readonly Point[];
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly PlacedBox[];
  readonly edges: readonly PlacedEdge[];
}

/** What is used of dagre: its own typings name files without their extension, which ES modules cannot resolve. */
interface Dagre {
  readonly Graph: new (options: {multigraph: boolean}) => DagreGraph;
  readonly layout: (graph: DagreGraph) => void;
}

interface DagreGraph {
  setGraph(label: Readonly<Record<string, string | number>>): void;
  setNode(name: string, label: {width: number; height: number}): void;
  setEdge(from: string, to: string, label: object, name: string): void;
  graph(): {width: number; height: number};
  node(name: string): Point;
  edge(from: string, to: string, name: string): {points: Point[]};
}

/** Between boxes of a column, and between lines that pass it. */
const BOX_GAP = 22;
const LINE_GAP = 18;
/** Between lines that enter the same box. */
const ENTRY_GAP = 9;

/**
 * Places stages in columns from left to right, each behind all that it takes, with few crossings (Gansner et al. 1993, Brandes
 * and Köpf 2001, by dagre). The boxes of a column have one width. Pixels.
 *
 * @param boxes in the order in which those of a column are to stand, as far as crossings allow
 * @param gap between columns
 */
export async function layoutGraph(
  boxes: readonly Box[],
  edges: readonly StageEdge[],
  gap: number,
): Promise<Layout> {
  const {Graph, layout} = (await import('@dagrejs/dagre')) as Dagre;
  const graph = new Graph({multigraph: true});
  graph.setGraph({rankdir: 'LR', ranksep: gap, nodesep: BOX_GAP, edgesep: LINE_GAP});
  for (const {label, width, height} of boxes) graph.setNode(label, {width, height});
  edges.forEach(({from, to}, i) => graph.setEdge(from, to, {}, String(i)));
  layout(graph);

  const whole = graph.graph();
  const columnOf = ({x}: Point): number => Math.round(x);
  const columns = new Map<number, {widest: number; heights: number[]}>();
  for (const {label, width} of boxes) {
    const at = graph.node(label);
    const {widest, heights} = columns.get(columnOf(at)) ?? {widest: 0, heights: []};
    columns.set(columnOf(at), {widest: Math.max(widest, width), heights: [...heights, at.y]});
  }
  const upsideDown = rises([...columns.values()].map(c => c.heights)) < 0;
  const upright = ({x, y}: Point): Point => ({x, y: upsideDown ? whole.height - y : y});
  const centre = (label: string): Point => upright(graph.node(label));
  const widthOf = (p: Point): number => columns.get(columnOf(p))!.widest;

  const lines = edges.map((edge, i) => {
    // dagre bends a line in the middle of every column, where it must not touch a box, and of every gap, where it is free.
    const bends = graph.edge(edge.from, edge.to, String(i)).points.slice(1, -1);
    return {edge, passed: bends.filter(p => columns.has(columnOf(p))).map(upright)};
  });
  /** How high a line comes from, seen from the box that it enters. */
  const before = ({edge, passed}: (typeof lines)[number]): number => (passed.at(-1) ?? centre(edge.from)).y;
  const left = (p: Point): number => p.x - widthOf(p) / 2;
  const right = (p: Point): number => p.x + widthOf(p) / 2;
  return {
    ...whole,
    boxes: boxes.map(({label, height}) => {
      const p = centre(label);
      return {label, width: widthOf(p), height, x: left(p), y: p.y - height / 2};
    }),
    edges: lines.map(line => {
      const {edge, passed} = line;
      const entering = lines.filter(l => l.edge.to === edge.to).sort((a, b) => before(a) - before(b));
      const {height} = boxes.find(b => b.label === edge.to)!;
      const apart = Math.min(ENTRY_GAP, (height - ENTRY_GAP) / entering.length);
      const shift = (entering.indexOf(line) - (entering.length - 1) / 2) * apart;
      const start = centre(edge.from);
      const end = centre(edge.to);
      const points = [
        {x: right(start), y: start.y},
        ...passed.flatMap(p => [
          {x: left(p), y: p.y},
          {x: right(p), y: p.y},
        ]),
        {x: left(end), y: end.y + shift},
      ];
      return {...edge, points};
    }),
  };
}

/** How many more pairs of numbers, each of one list, ascend than descend. */
function rises(lists: readonly (readonly number[])[]): number {
  let sum = 0;
  for (const list of lists)
    list.forEach((a, i) => {
      for (const b of list.slice(i + 1)) sum += Math.sign(b - a);
    });
  return sum;
}
