import {extname} from 'node:path';
import {Type} from '#typebox';
import {fail} from '../../diagnostics/diagnostic.js';
import {defineStage, path} from '../define.js';
import type {Misfit} from '../misfit.js';
import type {FloatArray} from '../ports.js';
import {when} from '../when.js';
import {sha256} from './digest.js';
import {readArrow} from './matrix-arrow.js';
import {matrixOf} from './matrix-columns.js';
import {readCsvMatrix} from './matrix-csv.js';
import {readParquet} from './matrix-parquet.js';
import type {MatrixRows} from './matrix-rows.js';
import {readNpy} from './npy.js';
import {labelMisfit, chooseRows, rowParams} from './row-samples.js';
import {vectorBlocks} from './vector-blocks.js';

const CSV = {path: ['*.csv', '*.tsv', '*.txt']};
const COLUMNAR = {path: ['*.arrow', '*.feather', '*.parquet']};

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
      header: when(
        CSV,
        Type.Boolean({description: 'Whether the first line names the columns.', default: true}),
      ),
      delimiter: when(
        CSV,
        Type.String({
          description: 'What separates the fields.',
          default: ',',
          minLength: 1,
          maxLength: 1,
        }),
      ),
      column: when(
        COLUMNAR,
        Type.Union([Type.String(), Type.Null()], {
          description: 'Column of vectors. Default: the only one, or else all columns of numbers.',
          default: null,
        }),
      ),
      label: Type.Union([Type.Integer({minimum: 0}), Type.String(), Type.Null()], {
        description:
          'Column of class numbers or names, by name or 0-based number; not for NPY. Default: no labels.',
        default: null,
      }),
      ...rowParams,
    },
    {additionalProperties: false},
  ),
  inputs: {},
  output: 'activations',
  seeded: 'sample.n',
  check: params => labelMisfit(params) ?? formatMisfit(params),
  async run(ctx, _inputs, params) {
    const {rows, cols, data, labels} = await readMatrix(params);
    const own = {labels, from: params.path};
    const {chosen, classes} = await chooseRows(rows, own, params, ctx.rng);
    const vectors = chosen.map(({row}): FloatArray => data.subarray(row * cols, (row + 1) * cols));
    const samples = chosen.map(({sample}, i) => {
      const {buffer, byteOffset, byteLength} = vectors[i]!;
      return {...sample, sha256: sha256(new Uint8Array(buffer, byteOffset, byteLength))};
    });
    const dtype = data instanceof Float32Array ? 'float32' : 'float64';
    return {
      type: 'activations',
      samples: {rows: samples, classes},
      layers: [{name: 'input', depth: 0, rows: chosen.length, tokens: 1, dim: cols, dtype}],
      batches: vectorBlocks(vectors, ctx.signal),
    };
  },
});

const FORMATS = ['.csv', '.tsv', '.txt', '.npy', '.arrow', '.feather', '.parquet'];

const extensionOf = (file: string): string => extname(file).toLowerCase();

/** Of a file of another format, or of labels asked of one that has none. */
function formatMisfit({path: file, label}: Params): Misfit | null {
  const extension = extensionOf(file);
  if (!FORMATS.includes(extension)) {
    const hint =
      extension === '.npz'
        ? 'the arrays of an NPZ file are layers: load it with source: activations'
        : `known: ${FORMATS.join(', ')}`;
    return {code: 'E302', param: 'path', message: `${file}: unknown format "${extension}"`, hint};
  }
  if (extension !== '.npy' || label === null) return null;
  const message = `${file}: an NPY file has no column of labels`;
  return {code: 'E304', param: 'label', message, hint: 'give a file in "labels"'};
}

async function readMatrix({path: file, header, delimiter, column, label}: Params): Promise<MatrixRows> {
  switch (extensionOf(file)) {
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
      return readNpyMatrix(file);
    default:
      return readCsvMatrix(file, {header, delimiter, label});
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
