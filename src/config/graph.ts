import type {Diagnostic} from '../diagnostics/diagnostic.js';
import {suggestion} from '../diagnostics/suggest.js';
import {titleOf, type CatalogueEntry} from './catalogue.js';
import {MANY, problem, removalOf, valueProblem} from './problem.js';
import {placeOf} from './source.js';
import type {Draft, Edge} from './stages.js';
import type {Dict} from './value.js';

/**
 * Checks how stages are joined: every label is a stage and not the stage itself, gives what the port takes, ports hold
 * neither too many nor too few, and no stage comes to take itself through others.
 */
export function checkGraph(drafts: ReadonlyMap<string, Draft>, stages: Dict, problems: Diagnostic[]): void {
  const sound = new Map<string, Edge[]>();
  for (const draft of drafts.values()) {
    sound.set(
      draft.label,
      draft.edges.filter(edge => checkEdge(edge, draft, drafts, stages, problems)),
    );
    if (draft.entry) checkPorts(draft, draft.entry, drafts, problems);
  }
  for (const circle of circles(sound)) problems.push(tellCircle(circle));
}

function checkEdge(
  {label, port, to, node}: Edge,
  {entry}: Draft,
  drafts: ReadonlyMap<string, Draft>,
  stages: Dict,
  problems: Diagnostic[],
): boolean {
  if (to === label) {
    problems.push(valueProblem('E202', `stage "${label}" takes itself`, node));
    return false;
  }
  if (!stages.entries.has(to)) {
    const notes = removalOf(stages, to);
    const hint = notes.length > 0 || problems.length > MANY ? null : likely(to, label, stages);
    problems.push(valueProblem('E201', `unknown stage "${to}"`, node, hint, notes));
    return false;
  }
  const given = drafts.get(to)?.entry?.output;
  const types = port === null ? undefined : entry?.inputs[port]?.type;
  if (entry && types && given !== undefined && !types.includes(given)) {
    const on = Object.keys(entry.inputs).length > 1 ? ` on port "${String(port)}"` : '';
    problems.push(
      valueProblem(
        'E207',
        `${titleOf(entry)} needs ${types.join(' or ')}${on}, "${to}" gives ${given}`,
        node,
      ),
    );
  }
  return true;
}

function likely(to: string, label: string, stages: Dict): string | null {
  const others = [...stages.entries.keys()].filter(other => other !== label);
  return suggestion(to, others, 'stages');
}

function checkPorts(
  draft: Draft,
  entry: CatalogueEntry,
  drafts: ReadonlyMap<string, Draft>,
  problems: Diagnostic[],
): void {
  for (const [name, port] of Object.entries(entry.inputs)) {
    const edges = draft.edges.filter(edge => edge.port === name);
    const [, second] = edges;
    if (second && !port.many) {
      const message = `port "${name}" of ${titleOf(entry)} takes one stage, got ${edges.length}`;
      problems.push(valueProblem('E206', message, second.node));
    }
    if (port.many) {
      const given = new Set<string>();
      for (const {to, node} of edges) {
        if (given.has(to))
          problems.push(valueProblem('E206', `port "${name}" is given stage "${to}" twice`, node));
        given.add(to);
      }
    }
    if (edges.length > 0 || !port.required || !draft.joined) continue;
    const fitting = [...drafts.values()].filter(
      d => d !== draft && d.entry && port.type.includes(d.entry.output),
    );
    const by = name === Object.keys(entry.inputs)[0] ? '"from:"' : `"from: {${name}: ...}"`;
    const which =
      fitting.length > 0 && fitting.length <= 8 ? `, such as ${fitting.map(d => d.label).join(', ')}` : '';
    const message = `${titleOf(entry)} needs a stage that gives ${port.type.join(' or ')}`;
    problems.push(problem('E205', message, draft.key, `add ${by} with the label of one${which}`));
  }
}

/** The circles of a graph, as few as show every stage that cannot be put in order; each from its first stage on. */
function circles(edges: ReadonlyMap<string, readonly Edge[]>): Edge[][] {
  const order = [...edges.keys()];
  const left = new Set(order);
  settle(left, edges);
  if (left.size === 0) return [];
  const rank = new Map(order.map((label, i) => [label, i]));
  const ahead = (label: string): Edge | undefined => edges.get(label)?.find(edge => left.has(edge.to));
  const found: Edge[][] = [];
  for (;;) {
    const path: Edge[] = [];
    const seen = new Map<string, number>();
    let at = order.find(label => left.has(label));
    if (at === undefined) return found;
    while (!seen.has(at)) {
      const edge: Edge = ahead(at)!;
      seen.set(at, path.length);
      path.push(edge);
      at = edge.to;
    }
    const circle = path.slice(seen.get(at));
    const first = circle.reduce(
      (best, edge, i) => (rank.get(edge.label)! < rank.get(circle[best]!.label)! ? i : best),
      0,
    );
    found.push([...circle.slice(first), ...circle.slice(0, first)]);
    for (const edge of circle) left.delete(edge.label);
    settle(left, edges);
  }
}

/** Takes out of `left` what takes nothing that is left, and so can be put in order, until there is no such stage. */
function settle(left: Set<string>, edges: ReadonlyMap<string, readonly Edge[]>): void {
  const takers = new Map<string, string[]>();
  const waits = new Map<string, number>();
  for (const label of left) {
    const ahead = edges.get(label)!.filter(edge => left.has(edge.to));
    waits.set(label, ahead.length);
    for (const {to} of ahead) {
      const known = takers.get(to);
      if (known) known.push(label);
      else takers.set(to, [label]);
    }
  }
  const free = [...left].filter(label => waits.get(label) === 0);
  for (let label = free.pop(); label !== undefined; label = free.pop()) {
    left.delete(label);
    for (const taker of takers.get(label) ?? []) {
      const more = waits.get(taker)! - 1;
      waits.set(taker, more);
      if (more === 0) free.push(taker);
    }
  }
}

function tellCircle(circle: readonly Edge[]): Diagnostic {
  const [first, ...rest] = circle;
  const labels = [...circle.map(edge => edge.label), first!.label];
  const notes = rest.map(({label, to, node}) => ({
    message: `"${label}" takes "${to}"`,
    place: placeOf(node.span),
  }));
  return problem('E203', `stages in a circle: ${labels.join(' takes ')}`, first!.node.span, null, notes);
}
