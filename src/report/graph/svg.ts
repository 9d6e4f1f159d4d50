import {FONT_FAMILY, textWidth} from '../../stages/plot/font.js';
import type {PlacedBox, PlacedEdge, Point} from './layout.js';
import {layoutGraph} from './layout.js';
import type {StageGraph, StageNode} from './stage-graph.js';
import {escapeXml} from './xml.js';

/** What a stage gives, as a colour on its box: the palette of Okabe and Ito (2008). */
const COLORS: Readonly<Record<StageNode['output'], string>> = {
  images: '#e69f00',
  pixels: '#d55e00',
  activations: '#0072b2',
  subsets: '#56b4e9',
  neighbors: '#56b4e9',
  table: '#009e73',
  figure: '#cc79a7',
};

const INK = '#222222';
const SOFT = '#666666';
const VARIED = '#0072b2';
const LINE = '#9a9a9a';
const BORDER = '#d0d0d0';

const LABEL = 13;
const TITLE = 10.5;
const SMALL = 10;
/** Of a box with label and title, and of each line more. */
const HEIGHT = 44;
const LINE_HEIGHT = 14;
/** Within a box: left of the text, behind the stripe of colour, and right of it. */
const INDENT = 16;
const STRIPE = 5;
const MARGIN = 16;
const GAP = 46;
const ARROW = 6;

/**
 * The graph as SVG: boxes from left to right, each with the label of its stage, its kind and name, and a stripe whose
 * colour says what it gives, and what a sweep varies; a legend below. Text is measured in the font that figures are set in.
 */
export async function toSvg(graph: StageGraph, name: string): Promise<string> {
  const boxes = graph.nodes.map(({label, title, varied}) => {
    const text = Math.max(textWidth(label, LABEL, true), ...[title, ...varied].map(t => textWidth(t, TITLE)));
    return {label, width: Math.ceil(text) + 2 * INDENT, height: HEIGHT + varied.length * LINE_HEIGHT};
  });
  const ports = graph.edges.map(({port}) => (port === null ? 0 : textWidth(port, SMALL)));
  const gap = GAP + Math.ceil(Math.max(0, ...ports));
  const layout = await layoutGraph(boxes, graph.edges, gap);
  const legend = legendOf(graph);
  const width = Math.ceil(Math.max(layout.width, legend.width) + 2 * MARGIN);
  const height = Math.ceil(layout.height + legend.height + 2 * MARGIN);
  const stages = new Map(graph.nodes.map(node => [node.label, node]));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" font-family="${FONT_FAMILY}, Verdana, sans-serif">`,
    `<title>${escapeXml(name)}</title>`,
    `<rect width="${width}" height="${height}" fill="white"/>`,
    `<g transform="translate(${MARGIN} ${MARGIN})">`,
    ...layout.edges.map(drawEdge),
    ...layout.boxes.map(box => drawBox(box, stages.get(box.label)!)),
    ...layout.edges.map(drawPort),
    `<g transform="translate(0 ${round(layout.height)})">${legend.marks}</g>`,
    '</g>',
    '</svg>',
  ]
    .filter(line => line !== '')
    .join('\n');
}

const round = (value: number): number => Math.round(value * 10) / 10;
const at = ({x, y}: Point): string => `${round(x)} ${round(y)}`;

function drawBox({x, y, width, height}: PlacedBox, {label, title, varied, output}: StageNode): string {
  const text = (dy: number, size: number, style: string, content: string): string =>
    `<text x="${INDENT}" y="${dy}" font-size="${size}" ${style}>${escapeXml(content)}</text>`;
  return [
    `<g transform="translate(${at({x, y})})">`,
    `<rect width="${round(width)}" height="${height}" rx="5" fill="white" stroke="${BORDER}"/>`,
    `<path d="M5 0H${STRIPE}V${height}H5A5 5 0 0 1 0 ${height - 5}V5A5 5 0 0 1 5 0Z" fill="${COLORS[output]}"/>`,
    text(19, LABEL, `font-weight="bold" fill="${INK}"`, label),
    text(34, TITLE, `fill="${SOFT}"`, title),
    ...varied.map((line, i) => text(34 + (i + 1) * LINE_HEIGHT, TITLE, `fill="${VARIED}"`, line)),
    '</g>',
  ].join('');
}

/** Straight past a column, and between columns a curve that leaves and arrives level. */
function drawEdge({points}: PlacedEdge): string {
  const [start, ...rest] = points;
  const tip = rest.pop()!;
  const end = {x: tip.x - ARROW, y: tip.y};
  const steps = [...rest, end].map((to, i) => {
    const from = i === 0 ? start! : rest[i - 1]!;
    if (i % 2 === 1) return `H${round(to.x)}`;
    const middle = (from.x + to.x) / 2;
    return `C${at({x: middle, y: from.y})} ${at({x: middle, y: to.y})} ${at(to)}`;
  });
  const head = `M${at(tip)}l${-ARROW - 1} -3.5v7Z`;
  return `<path d="M${at(start!)}${steps.join('')}" fill="none" stroke="${LINE}" stroke-width="1.3"/><path d="${head}" fill="${LINE}"/>`;
}

/** The name of a port, on the line in the middle of the last gap; over everything else. */
function drawPort({port, points}: PlacedEdge): string {
  if (port === null) return '';
  const [from, to] = points.slice(-2);
  const x = (from!.x + to!.x - ARROW) / 2;
  const y = (from!.y + to!.y) / 2;
  const width = textWidth(port, SMALL) + 8;
  return [
    `<rect x="${round(x - width / 2)}" y="${round(y - 8)}" width="${round(width)}" height="16" rx="3" fill="white"/>`,
    `<text x="${round(x)}" y="${round(y + 3.5)}" font-size="${SMALL}" fill="${SOFT}" text-anchor="middle">${escapeXml(port)}</text>`,
  ].join('');
}

/** The colours of what the stages give, in the order of the graph. */
function legendOf({nodes}: StageGraph): {marks: string; width: number; height: number} {
  let x = 0;
  const marks = [...new Set(nodes.map(n => n.output))].map(output => {
    const mark = `<rect x="${round(x)}" y="18" width="9" height="9" rx="2" fill="${COLORS[output]}"/><text x="${round(x + 14)}" y="26" font-size="${SMALL}" fill="${SOFT}">${output}</text>`;
    x += 14 + textWidth(output, SMALL) + 16;
    return mark;
  });
  return {marks: marks.join(''), width: x - 16, height: 28};
}
