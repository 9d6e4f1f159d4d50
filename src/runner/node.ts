import {createHash} from 'node:crypto';
import type {Diagnostic, Place} from '../diagnostics/diagnostic.js';
import {StrataError} from '../diagnostics/diagnostic.js';
import type {CatalogueEntry} from '../stages/catalogue.js';
import type {ArtifactInfo, PathKind, Unit} from '../stages/define.js';
import {stageId} from '../stages/registry.js';
import type {Canonical} from '../store/canonical.js';
import {canonicalDigest} from '../store/canonical.js';
import type {KeyRecord, Manifest, Part} from '../store/manifest.js';
import type {OutsideFiles} from './files.js';
import {runtimeVersion} from '../onnx/session.js';

/** A stage as the planner sees it: all defaults filled, all names resolved. */
export interface Node {
  readonly label: string;
  readonly entry: CatalogueEntry;
  readonly params: Readonly<Record<string, unknown>>;
  /** Labels of the stages on each port. */
  readonly from: Readonly<Record<string, readonly string[]>>;
  /** Labels of the nodes that give it neighbour tables, by port. They shape the work, never the result, and are not in the key. */
  readonly neighbors: Readonly<Record<string, string>>;
  readonly seed: number;
  readonly paths: readonly OutsidePath[];
  /** Where its label was written, for what goes wrong in it; null of a run that is made again from its record. */
  readonly place: Place | null;
}

/** A parameter that names files outside the store. */
export interface OutsidePath {
  /** Where it stands among the parameters. */
  readonly at: readonly (string | number)[];
  readonly kind: PathKind;
  readonly path: string;
  /** Where it was written. */
  readonly place: Place;
}

/** 32 bits from the experiment's seed and the stage's label, so that adding a stage changes no other stage's numbers. */
export function stageSeed(seed: number, label: string): number {
  return createHash('sha256').update(`${seed}/${label}`).digest().readUInt32LE(0);
}

/** Labels of all stages that must be finished before this one. */
export function upstream(node: Node): string[] {
  return [...new Set([...Object.values(node.from).flat(), ...Object.values(node.neighbors)])];
}

/** A path that cannot be read, and why. */
export interface MissingPath extends OutsidePath {
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * The parameters as they stand in keys: paths by content, without what cannot change the result. A path that cannot be
 * read stays as it is written.
 */
export function keyParams(
  node: Node,
  files: OutsideFiles,
): {params: Record<string, Canonical>; missing: readonly MissingPath[]} {
  const kept = Object.entries(node.params).filter(([name]) => !node.entry.notInKey.includes(name));
  const own = Object.fromEntries(kept) as Record<string, Canonical>;
  const params = node.paths.length > 0 ? structuredClone(own) : own;
  const missing: MissingPath[] = [];
  for (const path of node.paths) {
    try {
      replaceAt(params, path.at, {content: files.digest(path.kind, path.path)});
    } catch (error) {
      if (!(error instanceof StrataError)) throw error;
      const diagnostics = error.diagnostics.map(d => ({place: path.place, ...d}));
      missing.push({...path, diagnostics});
    }
  }
  return {params, missing};
}

function replaceAt(params: Record<string, Canonical>, at: OutsidePath['at'], value: Canonical): void {
  let holder: Record<string | number, Canonical> = params;
  for (const step of at.slice(0, -1)) holder = holder[step] as Record<string | number, Canonical>;
  holder[at.at(-1)!] = value;
}

let version: string | undefined;
const runtime = (): string => `onnxruntime ${(version ??= runtimeVersion())}`;

/** Whether a stage draws random numbers with these parameters. */
export function draws({entry: {seeded}, params}: Pick<Node, 'entry' | 'params'>): boolean {
  if (typeof seeded === 'boolean') return seeded;
  let value: unknown = params;
  for (const step of seeded.split('.')) value = (value as Readonly<Record<string, unknown>>)[step];
  return value !== null;
}

/** What is known of the record of a stage without its inputs. */
export const ownRecord = (node: Node, params: Record<string, Canonical>): KeyRecord => ({
  ...identity(node),
  params,
});

/** What every key of a stage holds. */
function identity(node: Node): Record<string, Canonical> {
  const {entry, seed} = node;
  return {
    stage: stageId(entry.kind, entry.name),
    version: entry.version,
    ...(draws(node) && {seed}),
    ...(entry.runtime && {runtime: runtime()}),
  };
}

/** Of parts that several stages read. */
const partDigests = new WeakMap<Part, string>();

/** Content and what is known of it. Where a layer stands among the others is told by the order of the parts. */
function partDigest(part: Part): string {
  const known = partDigests.get(part);
  if (known !== undefined) return known;
  const own = Object.fromEntries(Object.entries(part.meta).filter(([name]) => name !== 'index'));
  const digest = canonicalDigest('part', [part.digest, own as Canonical]);
  partDigests.set(part, digest);
  return digest;
}

/**
 * The record of a whole stage. An input is recorded part by part with what is known of the part (a layer's name and
 * depth); an input table also under its stage's label, because figures show it.
 */
export function stageRecord(
  node: Node,
  params: Record<string, Canonical>,
  artifacts: ReadonlyMap<string, Manifest>,
): KeyRecord {
  const input = (label: string): Canonical => {
    const {type, parts} = artifacts.get(label)!;
    return {
      parts: Object.fromEntries(parts.map(p => [p.name, partDigest(p)])),
      order: parts.map(p => p.name),
      ...(type === 'table' && {label}),
    };
  };
  const inputs = Object.fromEntries(
    Object.entries(node.from).map(([port, labels]) => [port, labels.map(input)]),
  );
  return {...ownRecord(node, params), inputs};
}

/** The record of a unit: the digests of exactly the parts that it reads. */
export function unitRecord(
  node: Node,
  params: Record<string, Canonical>,
  unit: Unit,
  inputs: Readonly<Record<string, ArtifactInfo>>,
): KeyRecord {
  const reads = Object.entries(unit.reads).map(([role, [port, name]]) => {
    const part = inputs[port]?.parts.find(p => p.name === name);
    if (part === undefined)
      throw new Error(`unit ${unit.id} of ${node.label} reads ${port}:${name}, which is not there`);
    return [role, part.digest];
  });
  const own = unit.params === undefined ? params : {...params, ...(unit.params as Record<string, Canonical>)};
  return {
    ...identity(node),
    unit: true,
    params: own,
    inputs: Object.fromEntries(reads) as Record<string, string>,
  };
}
