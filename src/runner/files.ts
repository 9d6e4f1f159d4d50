import {createHash} from 'node:crypto';
import {readdirSync, statSync} from 'node:fs';
import {basename, dirname, join} from 'node:path';
import {fail} from '../diagnostics/diagnostic.js';
import {isSystemError, reasonOf} from '../diagnostics/system-error.js';
import {modelFiles} from '../onnx/files.js';
import type {PathKind} from '../stages/define.js';
import type {Canonical} from '../store/canonical.js';
import {encode} from '../store/canonical.js';
import {hashFile} from '../store/hash-file.js';
import {hashFiles} from '../store/hash-files.js';
import type {Stamp} from '../store/stamp.js';
import {bytesOf, stampIfThere, stampOf} from '../store/stamp.js';
import type {StatCache} from '../store/stat-cache.js';

/** A file, or a folder with the names in it, as it was when it was hashed. */
export interface FileStamp {
  readonly path: string;
  readonly stamp: Stamp;
  readonly sha256: string;
}

/** The first of some files and folders whose content is no longer what it was. */
export function changedFile(files: readonly FileStamp[]): string | undefined {
  return files.find(({path, stamp, sha256}) => {
    try {
      return stampOf(path) !== stamp && hashNow(path) !== sha256;
    } catch {
      return true;
    }
  })?.path;
}

const hashNow = (path: string): string => (statSync(path).isDirectory() ? hashNames(path) : hashFile(path));

/** A path that a stage reads, and what lies there. */
interface Behind {
  readonly files: readonly string[];
  /** The folders that were looked through. */
  readonly folders: readonly string[];
}

/**
 * Content digests of the files that stages read from outside the store. Each file is looked at once per run, and is read
 * only if its stamp is not known from an earlier one.
 */
export class OutsideFiles {
  readonly #known = new Map<string, FileStamp>();
  /** What lies behind every path that was hashed, by kind and path. */
  readonly #behind = new Map<string, Behind>();

  /** @param stamps what is known of files that have not changed */
  constructor(private readonly stamps: StatCache) {}

  /**
   * Hashes what paths name and what is not known yet, with several threads if it is much. What is missing or unreadable
   * is passed over: `digest` tells of it.
   */
  async prepare(paths: readonly {readonly kind: PathKind; readonly path: string}[]): Promise<void> {
    const unknown = new Map<string, Stamp>();
    const behind = ({kind, path}: (typeof paths)[number]): readonly string[] =>
      this.#behind.get(`${kind} ${path}`)?.files ?? filesIfThere(kind, path);
    for (const file of new Set(paths.flatMap(behind))) {
      const stamp = this.#known.has(file) ? undefined : stampIfThere(file);
      if (stamp === undefined) continue;
      const sha256 = this.stamps.sha256(stamp);
      if (sha256 === undefined) unknown.set(file, stamp);
      else this.#known.set(file, {path: file, stamp, sha256});
    }
    const began = performance.now();
    const hashes = await hashFiles([...unknown].map(([path, stamp]) => ({path, bytes: bytesOf(stamp)})));
    for (const [path, sha256] of hashes) {
      const stamp = unknown.get(path)!;
      this.stamps.note(path, stamp, sha256, began);
      this.#known.set(path, {path, stamp, sha256});
    }
  }

  /**
   * What stands in a key for a path parameter: the content that the path names, and its layout, but not where it is.
   *
   * @throws E301, E401 for what is missing or unreadable
   */
  digest(kind: PathKind, path: string): Canonical {
    try {
      return this.#digest(kind, path);
    } catch (error) {
      if (!isSystemError(error)) throw error;
      fail('E301', `cannot read ${error.path ?? path}: ${reasonOf(error)}`);
    }
  }

  /** The files and folders behind a path that was hashed, as they were then. */
  filesBehind(kind: PathKind, path: string): readonly FileStamp[] {
    const {files, folders} = this.#behind.get(`${kind} ${path}`)!;
    return [...files, ...folders].map(file => this.#known.get(file)!);
  }

  #digest(kind: PathKind, path: string): Canonical {
    const behind = this.#behind.get(`${kind} ${path}`) ?? behindPath(kind, path);
    this.#behind.set(`${kind} ${path}`, behind);
    const {files, folders} = behind;
    for (const folder of folders) this.#look(folder, hashNames);
    const sha256 = (file: string): string => this.#look(file, (f, stamp) => this.stamps.hash(f, stamp));
    if (kind === 'file' || kind === 'model-config') return sha256(files[0]!);
    const root = kind === 'folder' ? path : dirname(path);
    const names = files.map(f => (kind === 'model' && f === path ? 'model' : f.slice(root.length + 1)));
    return Object.fromEntries(files.map((file, i) => [names[i]!, sha256(file)]));
  }

  #look(path: string, hash: (path: string, stamp: Stamp) => string): string {
    const known = this.#known.get(path);
    if (known !== undefined) return known.sha256;
    const stamp = stampOf(path);
    const sha256 = hash(path, stamp);
    this.#known.set(path, {path, stamp, sha256});
    return sha256;
  }
}

function filesIfThere(kind: PathKind, path: string): readonly string[] {
  try {
    return behindPath(kind, path).files;
  } catch {
    return [];
  }
}

/** What a path parameter names. What is missing is an error. */
function behindPath(kind: PathKind, path: string): Behind {
  if (kind === 'model') return {files: modelFiles(path), folders: []};
  if (kind === 'model-config') {
    const config = join(dirname(path), 'preprocessor_config.json');
    if (statSync(config, {throwIfNoEntry: false})?.isFile() !== true)
      fail('E301', `no preprocessor_config.json beside ${basename(path)}, which preset: auto needs`, {
        hint: `expected ${config}; or name a preset: imagenet-224, clip-224, vit-224, cifar, none`,
      });
    return {files: [config], folders: []};
  }
  const stat = statSync(path, {throwIfNoEntry: false});
  if (stat === undefined) fail('E301', `no such ${kind}: ${path}`);
  if (kind === 'file') {
    if (!stat.isFile()) fail('E301', `not a file: ${path}`);
    return {files: [path], folders: []};
  }
  if (!stat.isDirectory()) fail('E301', `not a folder: ${path}`);
  const files: string[] = [];
  const folders: string[] = [];
  walk(path, files, folders);
  return {files: files.sort(), folders};
}

function walk(folder: string, files: string[], folders: string[]): void {
  folders.push(folder);
  for (const entry of readdirSync(folder, {withFileTypes: true})) {
    if (entry.name.startsWith('.')) continue;
    const path = join(folder, entry.name);
    const isFolder = entry.isSymbolicLink() ? statSync(path).isDirectory() : entry.isDirectory();
    if (isFolder) walk(path, files, folders);
    else files.push(path);
  }
}

/** sha256 (hex) of the names in a folder that count: all but hidden ones. */
function hashNames(folder: string): string {
  const names = readdirSync(folder).filter(name => !name.startsWith('.'));
  return createHash('sha256').update(encode(names.sort())).digest('hex');
}
