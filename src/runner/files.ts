import {readdirSync, statSync} from 'node:fs';
import {basename, dirname, join} from 'node:path';
import {fail} from '../diagnostics/diagnostic.js';
import {modelFiles} from '../onnx/files.js';
import type {PathKind} from '../stages/define.js';
import type {Canonical} from '../store/canonical.js';
import {hashFile} from '../store/store.js';

/** Identity of a file's bytes as far as the file system tells. */
const stamp = (file: string): string => {
  const {dev, ino, size, mtimeNs, ctimeNs} = statSync(file, {bigint: true});
  return `${dev}/${ino}/${size}/${mtimeNs}/${ctimeNs}`;
};

/** Content digests of the files that stages read from outside the store. Each file is hashed once per run. */
export class OutsideFiles {
  readonly #known = new Map<string, {stamp: string; sha256: string}>();
  /** The files of every path that was hashed, by kind and path. */
  readonly #files = new Map<string, readonly string[]>();

  /** What stands in a key for a path parameter: the content that the path names, and its layout, but not where it is. */
  digest(kind: PathKind, path: string): Canonical {
    const files = filesOf(kind, path);
    this.#files.set(`${kind} ${path}`, files);
    if (kind === 'file' || kind === 'model-config') return this.#sha256(files[0]!);
    const root = kind === 'folder' ? path : dirname(path);
    const names = files.map(f => (kind === 'model' && f === path ? 'model' : f.slice(root.length + 1)));
    return Object.fromEntries(files.map((file, i) => [names[i]!, this.#sha256(file)]));
  }

  /** The first of a path's files whose content is no longer what it was when it was hashed. */
  changed(kind: PathKind, path: string): string | undefined {
    return this.#files.get(`${kind} ${path}`)!.find(file => {
      const known = this.#known.get(file)!;
      try {
        return stamp(file) !== known.stamp && hashFile(file) !== known.sha256;
      } catch {
        return true;
      }
    });
  }

  #sha256(file: string): string {
    const known = this.#known.get(file);
    if (known !== undefined) return known.sha256;
    const before = stamp(file);
    const sha256 = hashFile(file);
    this.#known.set(file, {stamp: before, sha256});
    return sha256;
  }
}

/** The files that a path parameter names. A missing one is an error. */
function filesOf(kind: PathKind, path: string): string[] {
  if (kind === 'model') return modelFiles(path);
  if (kind === 'model-config') {
    const config = join(dirname(path), 'preprocessor_config.json');
    if (statSync(config, {throwIfNoEntry: false})?.isFile() !== true)
      fail('E301', `no preprocessor_config.json beside ${basename(path)}, which preset: auto needs`, {
        hint: `expected ${config}; or name a preset: imagenet-224, clip-224, vit-224, cifar, none`,
      });
    return [config];
  }
  const stat = statSync(path, {throwIfNoEntry: false});
  if (stat === undefined) fail('E301', `no such ${kind}: ${path}`);
  if (kind === 'file') {
    if (!stat.isFile()) fail('E301', `not a file: ${path}`);
    return [path];
  }
  if (!stat.isDirectory()) fail('E301', `not a folder: ${path}`);
  return walk(path).sort();
}

function walk(folder: string): string[] {
  return readdirSync(folder, {withFileTypes: true}).flatMap(entry => {
    const path = join(folder, entry.name);
    if (entry.name.startsWith('.')) return [];
    return statSync(path).isDirectory() ? walk(path) : [path];
  });
}
