import {crc32} from 'node:zlib';

/** An array as the bytes of a NumPy file; `header` replaces fields of what its header says. */
export function npy(
  shape: readonly number[],
  values: Float32Array | Float64Array | Int32Array,
  header: {readonly descr?: string; readonly fortran?: boolean} = {},
): Buffer {
  const own = {Float32Array: '<f4', Float64Array: '<f8', Int32Array: '<i4'}[values.constructor.name]!;
  const {descr = own, fortran = false} = header;
  const sizes = shape.map(size => `${size},`).join(' ');
  const text = `{'descr': '${descr}', 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': (${sizes}), }`;
  const opening = Buffer.from([0x93, ...Buffer.from('NUMPY'), 1, 0, 118, 0]);
  const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  return Buffer.concat([opening, Buffer.from(`${text.padEnd(117)}\n`, 'latin1'), bytes]);
}

/** Files as a zip archive without compression, in the order given; the same name may be there twice. */
export function zip(files: readonly (readonly [name: string, content: Uint8Array])[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, content] of files) {
    const path = Buffer.from(name);
    // Version 2.0, no flags, stored, midnight of 1 January 1980; then checksum, both sizes, length of the name.
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(0x21, 8);
    common.writeUInt32LE(crc32(content), 10);
    common.writeUInt32LE(content.length, 14);
    common.writeUInt32LE(content.length, 18);
    common.writeUInt16LE(path.length, 22);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(offset, 10);
    directory.push(Buffer.from([0x50, 0x4b, 1, 2, 20, 0]), common, place, path);
    parts.push(Buffer.from([0x50, 0x4b, 3, 4]), common, path, Buffer.from(content));
    offset += 30 + path.length + content.length;
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(Buffer.concat(directory).length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, ...directory, end]);
}

/** Arrays as numpy.savez writes them. */
export const npz = (arrays: Readonly<Record<string, Buffer>>): Buffer =>
  zip(Object.entries(arrays).map(([name, content]) => [`${name}.npy`, content]));
