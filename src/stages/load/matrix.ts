import {extname} from 'node:path';
import {Type} from '#typebox';
import {fail} from '../../diagnostics/diagnostic.js';
import {defineStage, path} from '../define.js';
import type {FloatArray} from '../ports.js';
import {namesParam, readClassNames, resolveClasses} from './classes.js';
import {sha256} from './digest.js';
import {readArrow} from './matrix-arrow.js';
import {matrixOf} from './matrix-columns.js';
import {readCsvLabels, readCsvMatrix} from './matrix-csv.js';
import {readParquet} from './matrix-parquet.js';
import {type MatrixRows, toClasses} from './matrix-rows.js';
import {readNpy} from './npy.js';
import {select, selection} from './select.js';
import {vectorBlocks} from './vector-blocks.js';

interface Params {
  readonly path: string;
  readonly header: boolean;
  readonly delimiter: string;
  readonly column: string | null;
  readonly label: string | number | null;
}

export default defineStage({
  kind: 'load',
  name: 'matrix',
  version: 1,
  summary:
    'Vectors that exist already: rows of numbers from CSV, NPY, Arrow IPC or Parquet, as the one layer "input".',
  source: 'RFC 4180 (CSV), NumPy NEP 1 (NPY), Apache Arrow IPC file format, Apache Parquet.',
  params: Type.Object(
    {
      path: path(
        'file',
        Type.String({
          description: 'File of one vector a row: .csv, .tsv, .txt, .npy, .arrow, .feather or .parquet.',
        }),
      ),
      header: Type.Boolean({description: 'CSV: whether the first line names the columns.', default: true}),
      delimiter: Type.String({
        description: 'CSV: what separates the fields.',
        default: ',',
        minLength: 1,
        maxLength: 1,
      }),
      column: Type.Union([Type.String(), Type.Null()], {
        description:
          'Arrow and Parquet: column of vectors. Default: the only one, or else all columns of numbers.',
        default: null,
      }),
      label: Type.Union([Type.Integer({minimum: 0}), Type.String(), Type.Null()], {
        description:
          'Column of class numbers or names, by name or 0-based number; not for NPY. Default: no labels.',
        default: null,
      }),
      labels: path(
        'file',
        Type.Union([Type.String(), Type.Null()], {
          description: 'File of one class number or name a row: .npy, or text without header. Default: none.',
          default: null,
        }),
      ),
      names: namesParam,
      ...selection,
    },
    {additionalProperties: false},
  ),
  inputs: {},
  output: 'activations',
  seeded: 'sample.n',
  async run(ctx, _inputs, params) {
    if (params.label !== null && params.labels !== null)
      fail('E304', 'labels are given twice, by "label" and by "labels"');
    const matrix = await readMatrix(params);
    const {rows, cols, data} = matrix;
    const given = params.labels === null ? matrix.labels : await readLabels(params.labels);
    const from = params.labels ?? params.path;
    if (given !== null && given.length !== rows)
      fail('E304', `${from}: ${given.length} labels for ${rows} rows`);
    const classed = given === null ? null : toClasses(given, from);
    const listed = Array.from({length: rows}, (_, row) => ({
      row,
      id: String(row),
      label: classed?.[row]?.label ?? null,
      class: classed?.[row]?.class ?? null,
      split: null,
    }));
    const names = params.names === null ? null : await readClassNames(params.names);
    const {rows: resolved, classes} = resolveClasses(listed, names, from);
    const chosen = select(resolved, classes, params, ctx.rng);
    const vector = (row: number): FloatArray => data.subarray(row * cols, (row + 1) * cols);
    const samples = chosen.map(({row, id, label, class: name, split}) => {
      const v = vector(row);
      const digest = sha256(new Uint8Array(v.buffer, v.byteOffset, v.byteLength));
      return {id, uri: id, sha256: digest, label, class: name, split, boxes: []};
    });
    const dtype = data instanceof Float32Array ? 'float32' : 'float64';
    return {
      type: 'activations',
      samples: {rows: samples, classes},
      layers: [{name: 'input', depth: 0, rows: chosen.length, tokens: 1, dim: cols, dtype}],
      batches: vectorBlocks(
        chosen.map(c => vector(c.row)),
        ctx.signal,
      ),
    };
  },
});

async function readMatrix({path: file, header, delimiter, column, label}: Params): Promise<MatrixRows> {
  const extension = extname(file).toLowerCase();
  switch (extension) {
    case '.csv':
    case '.tsv':
    case '.txt':
      return readCsvMatrix(file, {header, delimiter, label});
    case '.arrow':
    case '.feather': {
      const {columns, rows} = await readArrow(file);
      return matrixOf(columns, rows, {vector: column, label}, file);
    }
    case '.parquet': {
      const {columns, rows} = await readParquet(file);
      return matrixOf(columns, rows, {vector: column, label}, file);
    }
    case '.npy':
      if (label !== null)
        fail('E304', `${file}: an NPY file has no column of labels`, {hint: 'give a file in "labels"'});
      return readNpyMatrix(file);
    default:
      return fail('E302', `${file}: unknown format "${extension}"`, {
        hint: 'known: .csv, .tsv, .txt, .npy, .arrow, .feather, .parquet',
      });
  }
}

/** The first axis counts the rows; all others make up the vector. */
async function readNpyMatrix(file: string): Promise<MatrixRows> {
  const {shape, data} = await readNpy(file);
  const [rows = 0] = shape;
  if (shape.length < 2)
    fail('E302', `${file}: an array of shape (${shape.join(', ')}), expected rows and columns`);
  if (data.length === 0) fail('E303', `${file}: no rows`);
  return {rows, cols: data.length / rows, data, labels: null};
}

async function readLabels(file: string): Promise<readonly unknown[]> {
  if (extname(file).toLowerCase() !== '.npy') return readCsvLabels(file);
  const {shape, data} = await readNpy(file);
  if (shape.length !== 1) fail('E304', `${file}: labels of shape (${shape.join(', ')}), expected one axis`);
  return Array.from(data);
}
