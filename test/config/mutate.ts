import {isNode, parseDocument, visit} from 'yaml';

/** Numbers below `n`, the same on every machine (mulberry32). */
export function numbers(seed: number): (n: number) => number {
  let state = seed;
  return n => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * n);
  };
}

export type Below = (n: number) => number;

export const pick = <T>(below: Below, list: readonly T[]): T => list[below(list.length)]!;

/** What the readers of YAML, of references and of overrides take notice of. */
const SNIPPETS = [
  ...[
    '\n',
    '\n  ',
    '\t',
    ' ',
    ': ',
    '- ',
    '? ',
    '{',
    '}',
    '[',
    ']',
    ',',
    '"',
    "'",
    '#',
    ' # ',
    '|\n',
    '>',
    '%',
  ],
  ...[
    '&a ',
    '*a',
    '<<: *a',
    '<<: {a: 1}\n',
    '!!str ',
    '---\n',
    '...\n',
    '\u0000',
    '\u2028',
    '\u0085',
    '写',
    '\ufeff',
  ],
  ...[
    '${',
    '}',
    '$${',
    '${params.n}',
    '${params.same}',
    '${env:A}',
    '${env:B}',
    '${name}',
    '${}',
    '${params}',
  ],
  ...[
    '1e999',
    '.nan',
    '~',
    'null',
    '0x',
    '-0',
    '99999999999999999999',
    'true',
    '__proto__: 1\n',
    'constructor',
  ],
  ...[
    'stage: ',
    'from: ',
    'metric: overlap',
    'extends: base.yaml\n',
    'extends: experiment.yaml\n',
    'env: [A, B]\n',
  ],
  ...['+', '~', '++', '=', '+=', '.0', 'range(1,2)'],
];

/** Stretches of the nodes of a text, as YAML sees them. */
const stretches = new Map<string, readonly (readonly [number, number])[]>();

function nodesOf(text: string): readonly (readonly [number, number])[] {
  const known = stretches.get(text);
  if (known) return known;
  const found: [number, number][] = [];
  visit(parseDocument(text, {logLevel: 'silent'}), (_, node) => {
    if (isNode(node) && node.range && node.range[1] > node.range[0])
      found.push([node.range[0], node.range[1]]);
  });
  stretches.set(text, found);
  return found;
}

const splice = (text: string, from: number, to: number, put: string): string =>
  text.slice(0, from) + put + text.slice(to);

type Mutation = (text: string, below: Below) => string;

const edited: Mutation = (text, below) => {
  const from = below(text.length + 1);
  return splice(text, from, from + below(12), pick(below, SNIPPETS));
};

const flipped: Mutation = (text, below) => {
  const bytes = Buffer.from(text);
  for (let n = 1 + below(6); n > 0 && bytes.length > 0; n--) bytes[below(bytes.length)]! ^= 1 << below(8);
  return bytes.toString();
};

const truncated: Mutation = (text, below) => {
  const from = below(text.length + 1);
  return below(4) === 0 ? text.slice(from) : text.slice(0, from);
};

/** Two nodes in each other's place; one within the other takes its place. */
const swapped: Mutation = (text, below) => {
  const nodes = nodesOf(text);
  if (nodes.length < 2) return text;
  const [[a, b], [c, d]] = [pick(below, nodes), pick(below, nodes)].sort(([x], [y]) => x - y) as [
    [number, number],
    [number, number],
  ];
  if (c < b) return splice(text, a, b, text.slice(c, d));
  return text.slice(0, a) + text.slice(c, d) + text.slice(b, c) + text.slice(a, b) + text.slice(d);
};

const copied: Mutation = (text, below) => {
  const lines = text.split('\n');
  const line = pick(below, lines);
  lines.splice(below(lines.length), below(2), line);
  return lines.join('\n');
};

const MUTATIONS = [edited, edited, edited, flipped, truncated, swapped, swapped, copied];

const OPENERS = [
  '[',
  '{a: ',
  '- ',
  '? ',
  '{? ',
  '[[',
  ' a:\n',
  '"',
  "'",
  '&a ',
  '!a ',
  '${',
  '{<<: ',
  '*a ',
  ']',
  '}',
];

/** Something of a size no experiment has, to stand where a value was. */
const huge: Mutation = (text, below) => {
  const size = 10 ** (1 + below(4));
  const bulk = pick(below, [
    () => pick(below, OPENERS).repeat(size),
    () => 'x'.repeat(10 * size),
    () => '9'.repeat(size),
    () => `"${'\\u00e9'.repeat(size)}"`,
    () => `[${'1, '.repeat(size)}]`,
    () => `[${'.nan, '.repeat(size)}]`,
    () => `{${Array.from({length: size}, (_, i) => `k${i}: ${i}`).join(', ')}}`,
    () => `"${'${params.n}'.repeat(size)}"`,
  ])();
  const nodes = nodesOf(text);
  const [from, to] = nodes.length > 0 ? pick(below, nodes) : [0, 0];
  return splice(text, from, to, bulk);
};

/** Values that hold the parameter before them several times: by alias, merge or reference. */
const BOMBS: readonly ((before: string, width: number) => string)[] = [
  (before, width) => `[${Array<string>(width).fill(`*${before}`).join(', ')}]`,
  (before, width) => `{${Array.from({length: width}, (_, i) => `k${i}: *${before}`).join(', ')}}`,
  (before, width) => `[{<<: [${Array<string>(width).fill(`*m${before}`).join(', ')}]}, *${before}]`,
  (before, width) => `[${Array<string>(width).fill(`"\${params.${before}}"`).join(', ')}]`,
];

const bomb: Mutation = (text, below) => {
  const [levels, width, form] = [2 + below(8), 2 + below(12), pick(below, BOMBS)];
  const lines = Array.from({length: levels}, (_, i) => {
    const value = i === 0 ? '{a: 1}' : form(`b${i - 1}`, width);
    return `  b${i}: &b${i} ${value}\n  mb${i}: &mb${i} {a${i}: *b${i}}\n`;
  });
  const params = /^params:\n/m.exec(text);
  const at = params ? params.index + params[0].length : text.length;
  const bombed = splice(text, at, at, `${params ? '' : '\nparams:\n'}${lines.join('')}`);
  return below(3) === 0 ? bombed : `${bombed}\nseed: "\${params.b${levels - 1}}"\n`;
};

/** A text after one to four mutations, or one that makes it huge. Halves of pairs become what a file holds in their stead. */
export function mutated(text: string, below: Below): string {
  const bulk = below(60);
  let now = bulk === 0 ? huge(text, below) : bulk === 1 ? bomb(text, below) : text;
  for (let n = bulk < 2 ? below(2) : 1 + below(4); n > 0; n--) {
    // Nodes are looked up for texts of the corpus only, so that the swap comes first.
    const mutation = pick(below, MUTATIONS);
    now = mutation === swapped && now !== text ? edited(now, below) : mutation(now, below);
  }
  return Buffer.from(now).toString();
}
