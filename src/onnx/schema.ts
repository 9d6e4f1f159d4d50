/**
 * Messages described by tables of their fields: one table reads and writes. What a table does not name is kept as raw
 * bytes and written back.
 */
import {BYTES, FIXED32, VARINT, WireError, type Reader, type Writer} from './wire.js';

/** How one field of a message is read and written. `read` gets what was read so far, as fields may repeat. */
export interface Field<V> {
  readonly number: number;
  /** The value when the field never occurs; `undefined` for one whose presence matters. */
  readonly absent: () => V;
  readonly read: (reader: Reader, wire: number, before: V) => V;
  readonly write: (writer: Writer, value: V) => void;
}

/** A message keeps what its schema does not name: whole fields, tags included, in order. */
export interface Message {
  unknown?: Uint8Array[];
}

type Fields<T> = {readonly [K in Exclude<keyof T, 'unknown'>]-?: Field<T[K]>};

/** Reads and writes messages of one type. */
export interface Schema<T extends Message> {
  readonly decode: (reader: Reader, into?: T) => T;
  readonly encode: (writer: Writer, message: T) => void;
}

/** The schema of a message from its fields; `fields` is a thunk so that types may contain themselves. */
export function schema<T extends Message>(fields: () => Fields<T>): Schema<T> {
  interface Entry {
    readonly key: keyof T;
    readonly field: Field<T[keyof T]>;
  }
  let entries: readonly Entry[] = [];
  const byNumber: (Entry | undefined)[] = [];
  const prepare = (): void => {
    if (entries.length > 0) return;
    entries = Object.entries(fields()).map(([key, field]) => ({key, field}) as Entry);
    for (const entry of entries) byNumber[entry.field.number] = entry;
  };
  return {
    decode(reader, into) {
      prepare();
      const message = into ?? ({} as T);
      if (into === undefined) {
        for (const {key, field} of entries) {
          const value = field.absent();
          if (value !== undefined) message[key] = value;
        }
      }
      while (reader.pos < reader.end) {
        const start = reader.pos;
        const tag = reader.unsigned();
        if (tag < 8 || tag >= 2 ** 32) throw new WireError(start, 'a field number out of range');
        const entry = byNumber[tag >>> 3];
        if (entry) message[entry.key] = entry.field.read(reader, tag & 7, message[entry.key]);
        else {
          reader.skip(tag & 7);
          (message.unknown ??= []).push(reader.bytes.subarray(start, reader.pos));
        }
      }
      return message;
    },
    encode(writer, message) {
      prepare();
      for (const {key, field} of entries) {
        const value = message[key];
        if (value !== undefined) field.write(writer, value);
      }
      for (const raw of message.unknown ?? []) writer.raw(raw);
    },
  };
}

/** A field of one wire type; `read` starts at its value. */
function field<V>(
  number: number,
  wire: number,
  absent: () => V,
  read: (reader: Reader, before: V) => V,
  write: (writer: Writer, value: V) => void,
): Field<V> {
  return {
    number,
    absent,
    read: (reader, actual, before) => {
      if (actual !== wire) {
        throw new WireError(reader.pos, `field ${number} has wire type ${actual}, not ${wire}`);
      }
      return read(reader, before);
    },
    write,
  };
}

/** A field that occurs once at most, whose presence matters. */
function optional<T>(
  number: number,
  wire: number,
  read: (reader: Reader, before: T | undefined) => T,
  write: (writer: Writer, value: T) => void,
): Field<T | undefined> {
  return field<T | undefined>(
    number,
    wire,
    () => undefined,
    read,
    (writer, value) => {
      if (value === undefined) return;
      writer.tag(number, wire);
      write(writer, value);
    },
  );
}

/** A field that occurs once per element. */
function list<T>(
  number: number,
  wire: number,
  read: (reader: Reader) => T,
  write: (writer: Writer, value: T) => void,
): Field<T[]> {
  return field<T[]>(
    number,
    wire,
    () => [],
    (reader, before) => {
      before.push(read(reader));
      return before;
    },
    (writer, values) => {
      for (const value of values) {
        writer.tag(number, wire);
        write(writer, value);
      }
    },
  );
}

/** Numbers, written one field each; read so or packed. */
function numbers<T>(
  number: number,
  wire: number,
  read: (reader: Reader) => T,
  write: (writer: Writer, value: T) => void,
): Field<T[]> {
  const single = list(number, wire, read, write);
  return {
    ...single,
    read: (reader, actual, before) => {
      if (actual !== BYTES) return single.read(reader, actual, before);
      return reader.nested(() => {
        while (reader.pos < reader.end) before.push(read(reader));
        return before;
      });
    },
  };
}

const readBytes = (reader: Reader): Uint8Array => reader.take(reader.unsigned());

function writeBytes(writer: Writer, value: Uint8Array): void {
  writer.unsigned(value.byteLength);
  writer.raw(value);
}

function readText(reader: Reader): string {
  const start = reader.pos;
  const bytes = readBytes(reader);
  const text = reader.bytes.toString('utf8', reader.pos - bytes.byteLength, reader.pos);
  if (text.includes('\ufffd') && Buffer.from(text).compare(bytes) !== 0) {
    throw new WireError(start, 'a name that is not UTF-8');
  }
  return text;
}

const writeText = (writer: Writer, value: string): void => writeBytes(writer, Buffer.from(value, 'utf8'));

function readFloat(reader: Reader): number {
  const at = reader.pos;
  reader.take(4);
  return reader.view.getFloat32(at, true);
}

function writeFloat(writer: Writer, value: number): void {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setFloat32(0, value, true);
  writer.raw(bytes);
}

const readInt = (reader: Reader): number => reader.int();
const writeInt = (writer: Writer, value: number): void => writer.int64(BigInt(value));
const readInt64 = (reader: Reader): bigint => reader.int64();
const writeInt64 = (writer: Writer, value: bigint): void => writer.int64(value);

/** A string that is empty when absent. */
export const text = (number: number): Field<string> =>
  field(
    number,
    BYTES,
    () => '',
    readText,
    (writer, value) => {
      if (value === '') return;
      writer.tag(number, BYTES);
      writeText(writer, value);
    },
  );

export const optionalText = (number: number): Field<string | undefined> =>
  optional(number, BYTES, readText, writeText);
export const texts = (number: number): Field<string[]> => list(number, BYTES, readText, writeText);

/** An integer within ±2^53. */
export const optionalInt = (number: number): Field<number | undefined> =>
  optional(number, VARINT, readInt, writeInt);
export const ints = (number: number): Field<number[]> => numbers(number, VARINT, readInt, writeInt);

export const optionalInt64 = (number: number): Field<bigint | undefined> =>
  optional(number, VARINT, readInt64, writeInt64);
export const int64s = (number: number): Field<bigint[]> => numbers(number, VARINT, readInt64, writeInt64);

export const optionalFloat = (number: number): Field<number | undefined> =>
  optional(number, FIXED32, readFloat, writeFloat);
export const floats = (number: number): Field<number[]> => numbers(number, FIXED32, readFloat, writeFloat);

/** Bytes, as a view of the input. */
export const optionalBytes = (number: number): Field<Uint8Array | undefined> =>
  optional(number, BYTES, readBytes, writeBytes);
export const byteStrings = (number: number): Field<Uint8Array[]> =>
  list(number, BYTES, readBytes, writeBytes);

/** A run of numbers left as it stands on the wire, in one or more pieces; written packed. */
export const packed = (number: number): Field<Uint8Array[]> => ({
  number,
  absent: () => [],
  read: (reader, wire, before) => {
    const start = reader.pos;
    if (wire === BYTES) before.push(readBytes(reader));
    else {
      reader.skip(wire);
      before.push(reader.bytes.subarray(start, reader.pos));
    }
    return before;
  },
  write: (writer, pieces) => {
    if (pieces.length === 0) return;
    writer.tag(number, BYTES);
    writer.unsigned(pieces.reduce((sum, piece) => sum + piece.byteLength, 0));
    for (const piece of pieces) writer.raw(piece);
  },
});

/** A message that occurs once at most; a second occurrence is merged into the first. */
export const optionalMessage = <T extends Message>(
  number: number,
  type: () => Schema<T>,
): Field<T | undefined> =>
  optional(
    number,
    BYTES,
    (reader, before) => reader.nested(() => type().decode(reader, before)),
    (writer, value) => writer.nested(inner => type().encode(inner, value)),
  );

export const messages = <T extends Message>(number: number, type: () => Schema<T>): Field<T[]> =>
  list(
    number,
    BYTES,
    reader => reader.nested(() => type().decode(reader)),
    (writer, value) => writer.nested(inner => type().encode(inner, value)),
  );
