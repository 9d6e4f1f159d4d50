import type {StageGraph} from './stage-graph.js';

/** What Mermaid's lexer takes for a word of its own where the id of a node could stand. */
const RESERVED =
  /^(?:call|class|classDef|click|end|flowchart|graph|href|interpolate|linkStyle|style|subgraph)\b/;

/**
 * A Mermaid flowchart from left to right. Nodes go by the labels of their stages, but for those that Mermaid would read as
 * something else: they are numbered.
 */
export function toMermaid({nodes, edges}: StageGraph): string {
  const ids = new Map(nodes.map(({label}, i) => [label, isPlain(label) ? label : `_${i}`]));
  return [
    'flowchart LR',
    ...nodes.map(
      ({label, title, varied}) =>
        `  ${ids.get(label)!}["${[label, title, ...varied].map(escape).join('<br>')}"]`,
    ),
    ...edges.map(({from, to, port}) => {
      const arrow = port === null ? '-->' : `-->|"${escape(port)}"|`;
      return `  ${ids.get(from)!} ${arrow} ${ids.get(to)!}`;
    }),
  ].join('\n');
}

const isPlain = (label: string): boolean => /^[a-z]\w*(-\w+)*$/i.test(label) && !RESERVED.test(label);

/** Text in quotes: Mermaid knows HTML's entities, with `#` in place of `&`. */
const escape = (text: string): string => text.replaceAll(/[#&<>"`]/g, char => `#${char.codePointAt(0)!};`);
