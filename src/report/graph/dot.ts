import {FONT_FAMILY} from '../../stages/plot/font.js';
import {escapeXml} from './xml.js';
import type {StageGraph} from './stage-graph.js';

/** The DOT language of Graphviz: from left to right, labels bold over kind and name. */
export function toDot({nodes, edges}: StageGraph, name: string): string {
  return [
    `digraph ${quoted(name)} {`,
    '  rankdir=LR',
    `  node [shape=box, style=rounded, color="#888888", fontname="${FONT_FAMILY}", fontsize=12, margin="0.15,0.08"]`,
    `  edge [color="#888888", arrowsize=0.7, fontname="${FONT_FAMILY}", fontsize=10]`,
    ...nodes.map(({label, title, varied}) => {
      const below = [escapeXml(title), ...varied.map(line => `<i>${escapeXml(line)}</i>`)].join('<br/>');
      const html = `<b>${escapeXml(label)}</b><br/><font point-size="10">${below}</font>`;
      return `  ${quoted(label)} [label=<${html}>]`;
    }),
    ...edges.map(({from, to, port}) => {
      const attributes = port === null ? '' : ` [label=${quoted(port)}]`;
      return `  ${quoted(from)} -> ${quoted(to)}${attributes}`;
    }),
    '}',
  ].join('\n');
}

const quoted = (text: string): string => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
