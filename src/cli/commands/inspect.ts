import {readFileSync} from 'node:fs';
import {fail} from '../../diagnostics/diagnostic.js';
import type {Inspection, Layer, Port} from '../../onnx/inspect.js';
import {inspectModel} from '../../onnx/inspect.js';
import {toText} from '../../report/table.js';
import {paintFor} from '../paint.js';
import type {Paint} from '../reporters/plain.js';

/** `strata inspect MODEL` */
export function inspect(model: string, {json = false}: {json?: boolean}): Promise<number> {
  const found = inspectModel(read(model), model);
  process.stdout.write(
    json ? `${JSON.stringify({model, ...found}, null, 1)}\n` : text(model, found, paintFor(process.stdout)),
  );
  return Promise.resolve(0);
}

function read(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (error) {
    fail('E401', `cannot read the model ${file}: ${(error as Error).message}`);
  }
}

const dims = (list: readonly (number | string | null)[]): string => `[${list.map(d => d ?? '?').join(', ')}]`;

function text(
  model: string,
  {inputs, outputs, opset, batch, layers, notes}: Inspection,
  paint: Paint,
): string {
  const port = ({name, type, dims: shape}: Port): string => `  ${name} ${type}${dims(shape)}`;
  const columns = ['layer', 'kind', 'shape', 'depth', 'prefix', 'tensor'].map(name => ({name}));
  const rows = layers.map(({name, kind, depth, dims: shape, tensor, prefixTokens}: Layer) => ({
    layer: name,
    kind,
    shape: dims(shape),
    depth: Math.round(depth * 1000) / 1000,
    prefix: prefixTokens,
    tensor,
  }));
  const table = toText({columns, rows}, {dim: line => paint('dim', line)});
  return [
    `${paint('bold', model)}  opset ${opset}, ${batch === null ? 'any batch' : `batch of ${batch}`}`,
    ...inputs.map(p => `${paint('dim', 'takes')} ${port(p)}`),
    ...outputs.map(p => `${paint('dim', 'gives')} ${port(p)}`),
    '',
    layers.length === 0 ? 'no layers found' : table,
    ...(notes.length === 0 ? [] : ['', ...notes.map(n => `note: ${n}`)]),
    '',
    'layers: takes blocks, stages, these names, globs over them (blocks.*.mlp.act), tensor names, or a list of those',
    '',
  ].join('\n');
}
