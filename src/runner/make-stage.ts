import type {Diagnostic} from '../diagnostics/diagnostic.js';
import {valueOf} from '../stages/catalogue.js';
import type {ArtifactInfo, StageDefinition, Unit} from '../stages/define.js';
import {loadStage, stageId} from '../stages/registry.js';
import type {ImageOrigin, PortType, Row} from '../stages/ports.js';
import type {Canonical} from '../store/canonical.js';
import {readTable} from '../store/codecs/table.js';
import type {Leases} from '../store/lease.js';
import type {Key, KeyRecord, Manifest, Part} from '../store/manifest.js';
import {useResult} from '../store/run-usage.js';
import type {Draft, Store} from '../store/store.js';
import {keyOf} from '../store/store.js';
import type {Emit} from './events.js';
import {doPieces} from './executor/do-pieces.js';
import type {InputArtifact, Job, Piece} from './executor/job.js';
import {needOf, rulesOf} from './executor/need.js';
import type {Pool, Slot} from './executor/pool.js';
import type {OutsideFiles} from './files.js';
import type {Node} from './node.js';
import {draws, unitRecord} from './node.js';
import {saveTable, withDrafts} from './save.js';

/** What the stages of a run have in common. */
export interface Run {
  readonly store: Store;
  readonly files: OutsideFiles;
  readonly leases: Leases;
  readonly pool: Pool;
  readonly emit: Emit;
  readonly signal: AbortSignal;
  readonly keepGoing: boolean;
  /** Whether nothing new may start, because something has failed. */
  readonly stopped: () => boolean;
  readonly nodes: ReadonlyMap<string, Node>;
  /** What is finished, by label. */
  readonly artifacts: ReadonlyMap<string, Manifest>;
  /** Keys of the units of the stages that were begun, by label. */
  readonly unitKeys: Map<string, readonly Key[]>;
}

/** The result of a stage, and how much of it was made here. */
export interface Made {
  readonly manifest: Manifest;
  readonly units: {readonly ran: number; readonly cached: number};
}

/**
 * Makes the units of a stage that are missing and puts its result together.
 *
 * @throws StrataError with what failed; Stopped
 */
export async function makeStage(
  run: Run,
  node: Node,
  params: Record<string, Canonical>,
  record: KeyRecord,
  reason: string,
): Promise<Made> {
  const {store, emit} = run;
  const {label} = node;
  const stage = await loadStage(stageId(node.entry.kind, node.entry.name));
  const infos: Record<string, ArtifactInfo> = {};
  for (const [port, [first]] of Object.entries(node.from)) infos[port] = run.artifacts.get(first!)!;
  const carried = carriedParts(node, run.artifacts);
  const start = performance.now();

  const units = (await stage.units?.(infos, node.params)) ?? null;
  const pieceOf = (unit: Unit | null, own: KeyRecord): Piece => ({unit, record: own, key: keyOf(own)});
  const pieces =
    units === null
      ? [pieceOf(null, record)]
      : units.map(unit => pieceOf(unit, unitRecord(node, params, unit, infos)));
  const unitKeys = units === null ? [] : pieces.map(piece => piece.key);
  run.unitKeys.set(label, unitKeys);
  const finished = new Map<Unit | null, Manifest>();
  const missing = pieces.filter(piece => {
    const known = units === null ? undefined : useResult(store, piece.key);
    if (known !== undefined) finished.set(piece.unit, known);
    return known === undefined;
  });
  emit({
    type: 'stage-started',
    stage: label,
    reason,
    units: pieces.length,
    cachedUnits: pieces.length - missing.length,
  });
  let ran = 0;
  const inputs = inputArtifacts(node, run);
  await doPieces(missing, {
    ...run,
    label,
    rules: rulesOf(node),
    together: stage.together === true,
    need: sideBySide => needOf(stage, node, infos, sideBySide, run.pool),
    job: (open, slot): Job => ({
      store: store.root,
      stage: stageId(node.entry.kind, node.entry.name),
      label,
      params: deviceFrom(node.params, slot),
      seed: draws(node) ? node.seed : null,
      ...inputs,
      pieces: open,
      carried: units === null ? carried : [],
      files: node.paths.flatMap(({kind, path}) => run.files.filesBehind(kind, path)),
      threads: slot.threads,
    }),
    on: {
      report: report => emit({...report, stage: label}),
      made(piece, manifest, seconds) {
        ran++;
        finished.set(piece.unit, manifest);
        if (piece.unit !== null) emit({type: 'unit-finished', stage: label, unit: piece.unit.id, seconds});
      },
      found: (piece, manifest) => void finished.set(piece.unit, manifest),
      retry: (attempt: number, seconds: number, diagnostics: readonly Diagnostic[]) =>
        emit({type: 'retry', stage: label, attempt, seconds, diagnostics}),
    },
  });
  const counts = {ran, cached: pieces.length - ran};
  if (units === null) return {manifest: finished.get(null)!, units: counts};
  const manifest = await withDrafts(store, 1, async ([draft]) => {
    await assemble(store, node, stage, units, finished, infos, draft!);
    for (const part of carried) draft!.carry(part);
    return draft!.commit(record, node.entry.output, (performance.now() - start) / 1000, unitKeys);
  });
  return {manifest, units: counts};
}

/** A device that was left open, such as any cuda, is the one that the slot has. */
const deviceFrom = (params: Node['params'], {device}: Slot): Node['params'] =>
  device === null ? params : {...params, device};

/** What the ports of a stage hold, as a job is told of it. */
function inputArtifacts({from, neighbors}: Node, {artifacts, nodes}: Run): Pick<Job, 'inputs' | 'neighbors'> {
  const artifact = (label: string): InputArtifact => ({
    label,
    type: artifacts.get(label)!.type,
    parts: artifacts.get(label)!.parts,
    value: valueOf(nodes.get(label)!.entry, nodes.get(label)!.params),
    origin: originOf(label, nodes),
    variant: null,
  });
  const inputs = Object.entries(from).map(([port, labels]) => [port, labels.map(artifact)]);
  const tables = Object.entries(neighbors).map(([port, label]) => [port, artifacts.get(label)!.parts]);
  return {
    inputs: Object.fromEntries(inputs) as Job['inputs'],
    neighbors: Object.fromEntries(tables) as Job['neighbors'],
  };
}

/** The load stage that the images of a stage come from, if it looks at images or what was made of them. */
function originOf(label: string, nodes: ReadonlyMap<string, Node>): ImageOrigin | null {
  const node = nodes.get(label)!;
  if (node.entry.kind === 'load') return {source: node.entry.name!, params: node.params};
  const from = node.from['from']?.[0];
  return from === undefined ? null : originOf(from, nodes);
}

/** Puts the results of the units into the draft of the stage. */
async function assemble(
  store: Store,
  node: Node,
  stage: StageDefinition,
  units: readonly Unit[],
  finished: ReadonlyMap<Unit | null, Manifest>,
  infos: Readonly<Record<string, ArtifactInfo>>,
  draft: Draft,
): Promise<void> {
  const partsOf = (unit: Unit): readonly Part[] => finished.get(unit)!.parts;
  if (stage.output === 'table') {
    const results = [];
    for (const unit of units) {
      const table = partsOf(unit)[0]!;
      const rows = await readTable(store.blob(table.blob), (table.meta as {columns: never[]}).columns);
      results.push({unit, rows});
    }
    const rows: Row[] = stage.gather?.(results, infos, node.params) ?? results.flatMap(r => r.rows);
    await saveTable(draft, node.entry.columns, rows);
  } else if (stage.output === 'neighbors') {
    for (const unit of units) draft.carry({...partsOf(unit)[0]!, name: `neighbors/${unit.id}`});
  } else {
    units.forEach((unit, index) => {
      const part = partsOf(unit)[0]!;
      draft.carry({...part, name: `layer/${unit.id}`, meta: {...part.meta, name: unit.id, index}});
    });
  }
}

/** The names of parts that an artifact of a type holds. */
const HOLDS: Readonly<Record<PortType, RegExp>> = {
  images: /^samples$/,
  pixels: /^(samples|recipe)$/,
  activations: /^(samples|layer\/.*)$/,
  subsets: /^(samples|subsets|layer\/.*)$/,
  table: /^table$/,
  figure: /^(spec|svg|png)$/,
};

/** What an artifact passes on from its input besides its own parts: the sample table, and for subsets the layers. */
function carriedParts({entry, from}: Node, artifacts: ReadonlyMap<string, Manifest>): Part[] {
  const label = from['from']?.[0];
  if (
    label === undefined ||
    entry.output === 'neighbors' ||
    entry.output === 'table' ||
    entry.output === 'figure'
  )
    return [];
  const own = {images: /^samples$/, pixels: /^recipe$/, activations: /^layer\//, subsets: /^subsets$/}[
    entry.output
  ];
  const holds = HOLDS[entry.output];
  return artifacts.get(label)!.parts.filter(p => holds.test(p.name) && !own.test(p.name));
}
