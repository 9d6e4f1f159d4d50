/** Which files a model consists of: itself, and those that hold its large tensors. Weights are stepped over, not read. */
import {closeSync, existsSync, fstatSync, openSync, readSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {fail} from '../diagnostics/diagnostic.js';
import {WireError} from './wire.js';

const WINDOW = 1 << 16;

/** A file read through a window that moves with the position. */
class Pages {
  private readonly window = Buffer.alloc(WINDOW);
  private start = 0;
  private length = 0;
  pos = 0;

  constructor(private readonly fd: number) {}

  byte(): number {
    if (this.pos < this.start || this.pos >= this.start + this.length) {
      this.start = this.pos;
      this.length = readSync(this.fd, this.window, 0, WINDOW, this.pos);
      if (this.length === 0) throw new WireError(this.pos, 'truncated');
    }
    return this.window[this.pos++ - this.start]!;
  }

  varint(): number {
    const at = this.pos;
    let value = 0;
    for (let i = 0; i < 10; i++) {
      const b = this.byte();
      value += (b & 0x7f) * 2 ** (7 * i);
      if (b < 0x80) return value;
    }
    throw new WireError(at, 'an integer of more than 10 bytes');
  }

  text(size: number): string {
    const bytes = Buffer.alloc(size);
    for (let i = 0; i < size; i++) bytes[i] = this.byte();
    return bytes.toString('utf8');
  }
}

/** For a message: what to do with its length-delimited fields, by number. Other fields are stepped over. */
interface Visitor {
  readonly [field: number]: (pages: Pages, end: number) => void;
}

function visit(pages: Pages, end: number, visitor: Visitor): void {
  while (pages.pos < end) {
    const at = pages.pos;
    const tag = pages.varint();
    const wire = tag % 8;
    if (wire === 0) pages.varint();
    else if (wire === 1) pages.pos += 8;
    else if (wire === 5) pages.pos += 4;
    else if (wire === 2) {
      const size = pages.varint();
      const stop = pages.pos + size;
      if (stop > end) throw new WireError(end, `truncated: ${stop - end} bytes missing`);
      visitor[Math.floor(tag / 8)]?.(pages, stop);
      pages.pos = stop;
    } else throw new WireError(at, `wire type ${wire}, which no ONNX field has`);
  }
}

/** The locations that tensors of a model give, each once. Field numbers: see model.ts. */
function locations(pages: Pages, size: number): Set<string> {
  const found = new Set<string>();
  const entry = (p: Pages, end: number): void => {
    let key = '';
    let value = '';
    visit(p, end, {
      1: (q, stop) => (key = q.text(stop - q.pos)),
      2: (q, stop) => (value = q.text(stop - q.pos)),
    });
    if (key === 'location') found.add(value);
  };
  const tensor = (p: Pages, end: number): void => visit(p, end, {13: entry});
  const attribute = (p: Pages, end: number): void =>
    visit(p, end, {5: tensor, 6: graph, 10: tensor, 11: graph});
  const node = (p: Pages, end: number): void => visit(p, end, {5: attribute});
  const graph = (p: Pages, end: number): void => visit(p, end, {1: node, 5: tensor});
  visit(pages, size, {7: graph, 25: (p, end) => visit(p, end, {7: node})});
  return found;
}

/**
 * The model and then the files its tensors lie in, by name, as paths that can be opened.
 *
 * @throws E401 for a missing file, or bytes that are not an ONNX model
 */
export function modelFiles(path: string): string[] {
  if (!existsSync(path)) fail('E401', `${path}: no such file`);
  const fd = openSync(path, 'r');
  try {
    const names = locations(new Pages(fd), fstatSync(fd).size);
    const files = [...names].sort().map(name => join(dirname(path), name));
    const missing = files.find(file => !existsSync(file));
    if (missing !== undefined) {
      fail('E401', `${path}: its weights lie in ${missing}, which does not exist`, {
        hint: 'keep the model and its data files together, under the names they were exported with',
      });
    }
    return [path, ...files];
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    fail('E401', `${path}: not an ONNX model, or damaged: ${error.message} at byte ${error.offset}`);
  } finally {
    closeSync(fd);
  }
}
