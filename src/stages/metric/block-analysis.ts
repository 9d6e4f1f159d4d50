import {Type} from '#typebox';
import {fail} from '../../diagnostics/diagnostic.js';
import {defineStage, one} from '../define.js';
import {groupBy, meanStd, observation, valueColumns} from '../plot/tidy.js';
import type {Row, Table} from '../ports.js';
import {COUNT_COLUMNS, LAYER_COLUMNS} from './define.js';

export default defineStage({
  kind: 'metric',
  name: 'block-analysis',
  version: 1,
  summary:
    'Mean and spread of a quantity over the subsets of each size: its dependence on scale, with error bars.',
  source:
    'Ansuini, Laio, Macke, Zoccolan 2019 (block analysis: mean and standard deviation, ddof 0, over disjoint blocks); standard error as in Facco, d’Errico, Rodriguez, Laio 2017.',
  params: Type.Object(
    {
      y: Type.Union([Type.String(), Type.Null()], {
        default: null,
        description: 'column to average; null takes the default column of the table',
      }),
    },
    {additionalProperties: false},
  ),
  inputs: {
    from: one('a table with one row for each subset, as metrics make it of decimated samples', 'table'),
  },
  output: 'table',
  columns: [
    ...LAYER_COLUMNS,
    {name: 'fraction', type: 'float', description: 'share of the samples in a subset'},
    {name: 'group', type: 'string', description: 'class of the samples; null for all'},
    {name: 'mean', type: 'float', description: 'mean over the subsets'},
    {name: 'std', type: 'float', description: 'standard deviation over the subsets (ddof 0)'},
    {name: 'std_error', type: 'float', description: 'standard error of the mean: std / sqrt(subsets)'},
    {name: 'scale', type: 'float', description: 'mean of the column scale, if there is one'},
    {name: 'subsets', type: 'int', description: 'subsets with a value'},
    {name: 'skipped', type: 'int', description: 'subsets without, such as blocks with too few points'},
    ...COUNT_COLUMNS.map(c =>
      c.name === 'n' ? {...c, description: 'number of samples in a subset, at least'} : c,
    ),
  ],
  value: 'mean',
  async run(_ctx, inputs, {y: asked}) {
    const [table] = await inputs.tables('from');
    const y = columnOf(table!, asked);
    const sizes = groupBy(table!.rows, row =>
      JSON.stringify([row['layer'], row['group'] ?? null, row['fraction']]),
    );
    return {type: 'table', rows: [...sizes.values()].map(rows => summaryOf(rows, y, table!.label))};
  },
});

function columnOf(table: Table, asked: string | null): string {
  if (!table.columns.some(c => c.name === 'subset'))
    fail('E501', `the table of "${table.label}" has no column "subset": it is not of subsets`, {
      hint: 'take the table of a metric that measures the subsets of a decimate stage',
    });
  const columns = valueColumns(table);
  const y = asked ?? table.value;
  if (y === null || !columns.includes(y))
    fail('E501', `the table of "${table.label}" has no column of values "${y ?? ''}"`, {
      hint: `it has: ${columns.join(', ')}`,
    });
  return y;
}

function summaryOf(rows: readonly Row[], y: string, label: string): Row {
  if (new Set(rows.map(row => row['subset'])).size < rows.length)
    fail('E501', `the table of "${label}" has several rows for one subset; they are not to be averaged`, {
      hint: 'take a metric with one row for each subset: twonn, anisotropy, pca-id',
    });
  const first = rows[0]!;
  const valid = rows.filter(row => typeof observation(row, y) === 'number');
  const scales = valid.map(row => row['scale']).filter(scale => typeof scale === 'number');
  const about = {layer: first['layer']!, depth: first['depth']!, index: first['index']!};
  const counts = {
    subsets: valid.length,
    skipped: rows.length - valid.length,
    n: Math.min(...rows.map(row => Number(row['n']))),
  };
  const size = {...about, fraction: first['fraction']!, group: first['group'] ?? null, ...counts};
  // The reason of the first stands for those of all.
  if (valid.length === 0) return {...size, status: observation(first, y)};
  const {mean, std} = meanStd(valid.map(row => Number(row[y])));
  const scale = scales.length === 0 ? null : meanStd(scales).mean;
  return {...size, mean, std, std_error: std / Math.sqrt(valid.length), scale, status: 'ok'};
}
