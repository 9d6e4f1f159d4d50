import type {Canonical} from '../canonical.js';
import {canonicalDigest} from '../canonical.js';
import type {Box, Sample, Samples} from '../../stages/ports.js';
import {readArrow, writeArrow} from './arrow.js';

const boxRow = (b: Box): number[] => [b.x0, b.y0, b.x1, b.y1];

/** Digest of what a sample table says. */
export function samplesDigest(samples: Samples): string {
  const rows: Canonical = samples.rows.map(r => [
    r.id,
    r.uri,
    r.sha256,
    r.label,
    r.class,
    r.split,
    r.boxes.map(boxRow),
  ]);
  return canonicalDigest('samples', {classes: samples.classes, rows});
}

/** Writes a sample table as Arrow: one row per sample, boxes as lists of [x0, y0, x1, y1], class names in the metadata. */
export async function writeSamples(file: string, {rows, classes}: Samples): Promise<string> {
  const {
    Field,
    FixedSizeList,
    Float64,
    Int32,
    List,
    Schema,
    Table,
    Utf8,
    vectorFromArray,
    RecordBatch,
    Struct,
    makeData,
  } = await import('#apache-arrow');
  const box = new FixedSizeList(4, new Field('value', new Float64()));
  const fields = [
    new Field('id', new Utf8()),
    new Field('uri', new Utf8()),
    new Field('sha256', new Utf8()),
    new Field('label', new Int32(), true),
    new Field('class', new Utf8(), true),
    new Field('split', new Utf8(), true),
    new Field('boxes', new List(new Field('box', box))),
  ];
  const schema = new Schema(fields, new Map([['classes', JSON.stringify(classes)]]));
  const column = (field: (typeof fields)[number], of: (row: Sample) => unknown): unknown =>
    vectorFromArray(rows.map(of), field.type).data[0];
  const children = [
    column(fields[0]!, r => r.id),
    column(fields[1]!, r => r.uri),
    column(fields[2]!, r => r.sha256),
    column(fields[3]!, r => r.label),
    column(fields[4]!, r => r.class),
    column(fields[5]!, r => r.split),
    column(fields[6]!, r => r.boxes.map(boxRow)),
  ];
  const data = makeData({
    type: new Struct(fields as never),
    length: rows.length,
    nullCount: 0,
    children: children as never,
  });
  return writeArrow(
    file,
    new Table(schema as never, [new RecordBatch(schema as never, data as never)]) as never,
  );
}

export async function readSamples(file: string): Promise<Samples> {
  const rows: Sample[] = [];
  let classes: string[] = [];
  for await (const batch of readArrow(file)) {
    classes = JSON.parse(batch.schema.metadata.get('classes') ?? '[]') as string[];
    const column = (name: string): {get(i: number): unknown} => batch.getChild(name)!;
    const [id, uri, sha256, label, klass, split, boxes] = [
      'id',
      'uri',
      'sha256',
      'label',
      'class',
      'split',
      'boxes',
    ].map(column);
    for (let i = 0; i < batch.numRows; i++) {
      rows.push({
        id: id!.get(i) as string,
        uri: uri!.get(i) as string,
        sha256: sha256!.get(i) as string,
        label: label!.get(i) as number | null,
        class: klass!.get(i) as string | null,
        split: split!.get(i) as string | null,
        boxes: readBoxes(boxes!.get(i)),
      });
    }
  }
  return {rows, classes};
}

function readBoxes(list: unknown): Box[] {
  return Array.from(list as Iterable<{toArray(): Float64Array}>, item => {
    const [x0, y0, x1, y1] = item.toArray();
    return {x0: x0!, y0: y0!, x1: x1!, y1: y1!};
  });
}
