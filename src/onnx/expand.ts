/**
 * Composite nodes written out as the nodes they stand for: calls of model-local functions, and sums that were fused
 * with the normalisation after them. What is analysed, tapped or edited is the expanded model.
 */
import {buildNode} from './build.js';
import {fail} from '../diagnostics/diagnostic.js';
import {floatOf, intOf} from './attributes.js';
import {
  decodeModel,
  type AttributeProto,
  type FunctionProto,
  type GraphProto,
  type Model,
  type NodeProto,
} from './model.js';

/** Functions may call functions, not themselves. */
const MAX_CALLS = 64;

/**
 * Reads a model and expands it.
 *
 * @throws E401 for bytes that are not an ONNX model
 */
export function readExpanded(bytes: Uint8Array, file = 'model'): Model {
  const model = decodeModel(bytes, file);
  const functions = new Map(model.functions.map(f => [key(f.domain, f.name, f.overload), f]));
  const imports = new Map(model.opsetImport.map(o => [o.domain, o]));
  for (const {opsetImport} of model.functions) {
    for (const o of opsetImport) if (!imports.has(o.domain)) imports.set(o.domain, o);
  }
  const graph = expandGraph(model.graph, node => inline(node, functions, file, 0).flatMap(unfuse));
  return {...model, graph, functions: [], opsetImport: [...imports.values()]};
}

const key = (domain: string, name: string, overload: string): string => `${domain}::${name}::${overload}`;

/** A graph with each node replaced by what `expand` gives, in the graphs inside it too. */
function expandGraph(graph: GraphProto, expand: (node: NodeProto) => NodeProto[]): GraphProto {
  const node = graph.node.flatMap(expand).map(n => mapGraphs(n, inner => expandGraph(inner, expand)));
  return {...graph, node};
}

function mapGraphs(node: NodeProto, f: (graph: GraphProto) => GraphProto): NodeProto {
  if (!node.attribute.some(a => a.g !== undefined || a.graphs.length > 0)) return node;
  const attribute = node.attribute.map(a => ({...a, ...(a.g && {g: f(a.g)}), graphs: a.graphs.map(f)}));
  return {...node, attribute};
}

function inline(
  node: NodeProto,
  functions: ReadonlyMap<string, FunctionProto>,
  file: string,
  depth: number,
): NodeProto[] {
  const body = functions.get(key(node.domain, node.opType, node.overload));
  if (body === undefined) return [node];
  if (depth > MAX_CALLS) fail('E401', `${file}: function "${body.name}" calls itself`);
  const prefix = node.output.find(name => name !== '') ?? node.name;
  const names = new Map<string, string>([['', '']]);
  body.input.forEach((name, i) => names.set(name, node.input[i] ?? ''));
  body.output.forEach((name, i) => {
    // A result that is passed on unchanged keeps its outer name; the Identity below gives it the result's.
    if (!names.has(name) && (node.output[i] ?? '') !== '') names.set(name, node.output[i]!);
  });
  const rename = (name: string): string => {
    const known = names.get(name);
    if (known !== undefined) return known;
    const fresh = `${prefix}/${name}`;
    names.set(name, fresh);
    return fresh;
  };
  const given = new Map([...body.attributeProto, ...node.attribute].map(a => [a.name, a]));
  const nodes = body.node.map(n => bind(n, rename, given));
  body.output.forEach((name, i) => {
    const outer = node.output[i] ?? '';
    if (outer !== '' && names.get(name) !== outer) {
      nodes.push(buildNode({op: 'Identity', inputs: [rename(name)], outputs: [outer]}));
    }
  });
  return nodes.flatMap(n => inline(n, functions, file, depth + 1));
}

/** A node of a function with the caller's tensors and attributes in place of the formal ones. */
function bind(
  node: NodeProto,
  rename: (name: string) => string,
  given: ReadonlyMap<string, AttributeProto>,
): NodeProto {
  const attribute = node.attribute.flatMap(a => {
    if ((a.refAttrName ?? '') === '') return [a];
    const value = given.get(a.refAttrName!);
    return value === undefined ? [] : [{...value, name: a.name}];
  });
  const bound = {...node, attribute, input: node.input.map(rename), output: node.output.map(rename)};
  return mapGraphs(bound, inner => ({
    ...inner,
    node: inner.node.map(n => bind(n, rename, given)),
    initializer: inner.initializer.map(t => ({...t, name: rename(t.name)})),
    input: inner.input.map(i => ({...i, name: rename(i.name)})),
    output: inner.output.map(o => ({...o, name: rename(o.name)})),
    valueInfo: [],
  }));
}

/** ONNX Runtime's SkipLayerNormalization: (x + skip [+ bias]), normalised; the sum is its fourth output. */
function unfuse(node: NodeProto): NodeProto[] {
  if (node.opType !== 'SkipLayerNormalization') return [node];
  const [x = '', skip = '', gamma = '', beta = '', bias = ''] = node.input;
  const [output = '', mean = '', deviation = '', kept = ''] = node.output;
  if (mean !== '' || deviation !== '') return [node];
  const sum = kept === '' ? `${output}/sum` : kept;
  const biased = bias === '' ? x : `${output}/biased`;
  const epsilon = {float: floatOf(node, 'epsilon') ?? 1e-12};
  return [
    ...(bias === '' ? [] : [buildNode({op: 'Add', inputs: [x, bias], outputs: [biased]})]),
    buildNode({op: 'Add', inputs: [biased, skip], outputs: [sum]}),
    buildNode({
      op: 'LayerNormalization',
      inputs: beta === '' ? [sum, gamma] : [sum, gamma, beta],
      outputs: [output],
      attributes: {axis: intOf(node, 'axis') ?? -1, epsilon},
    }),
  ];
}
