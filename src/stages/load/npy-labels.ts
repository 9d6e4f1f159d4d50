import {fail} from '../../diagnostics/diagnostic.js';
import {numbersOf, wholeArray} from './npy.js';
import type {ByteStream} from './npy-header.js';
import {checkLength, readNpyHeader} from './npy-header.js';

/** An array of one axis: numbers, or text as NumPy's type `U`. Errors: E302, E304 for other shapes, E305. */
export async function npyLabels(stream: ByteStream): Promise<readonly (number | string)[]> {
  const header = await readNpyHeader(stream);
  const {descr, shape} = header;
  const text = /^<U(\d+)$/.exec(descr);
  const numbers = text === null ? numbersOf(header, stream) : null;
  if (shape.length !== 1)
    fail('E304', `${stream.path}: labels of shape (${shape.join(', ')}), expected one axis`);
  if (numbers !== null) return Array.from((await wholeArray(numbers)).data);
  const size = 4 * Number(text![1]);
  checkLength(header, size, stream);
  const labels: string[] = [];
  for (let row = 0; row < shape[0]!; row++) labels.push(textOf(await stream.read(size)));
  return labels;
}

/** UTF-32, little-endian, with zeros after it. */
function textOf(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const points = Array.from({length: bytes.length / 4}, (_, i) => view.getUint32(4 * i, true));
  while (points.at(-1) === 0) points.pop();
  return points.map(point => String.fromCodePoint(Math.min(point, 0x10ffff))).join('');
}
