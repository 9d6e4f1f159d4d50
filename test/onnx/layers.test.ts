import {describe, expect, it} from 'vitest';
import {StrataError} from '../../src/diagnostics/diagnostic.js';
import {inspectModel} from '../../src/onnx/inspect.js';
import {resolveLayers} from '../../src/onnx/layers.js';
import {vit} from './vit.js';

const inspection = inspectModel(vit({depth: 3}));
const resolve = (wanted: string | readonly string[]): string[] =>
  resolveLayers(inspection, wanted, 'vit.onnx').map(l => l.name);

describe('resolveLayers', () => {
  it.each([
    ['a group', 'blocks', ['blocks.0', 'blocks.1', 'blocks.2']],
    ['a name', 'blocks.1.mlp.act', ['blocks.1.mlp.act']],
    ['a pattern', 'blocks.*.mlp.act', ['blocks.0.mlp.act', 'blocks.1.mlp.act', 'blocks.2.mlp.act']],
    ['a pattern within a part', 'blocks.1.ln*', ['blocks.1.ln1', 'blocks.1.ln2']],
    ['a tensor', 'block1/middle', ['block1/middle']],
    [
      'a list, in the order of the forward pass',
      ['head', 'block1/middle', 'blocks.1', 'embed'],
      ['embed', 'block1/middle', 'blocks.1', 'head'],
    ],
    ['a list that names a layer twice', ['blocks.2', 'blocks'], ['blocks.0', 'blocks.1', 'blocks.2']],
  ])('takes %s', (_, wanted, expected) => {
    expect(resolve(wanted)).toEqual(expected);
  });

  it('takes all', () => {
    expect(resolve('all')).toEqual(inspection.layers.map(l => l.name));
  });

  const hintOf = (wanted: string): string => {
    try {
      resolve(wanted);
    } catch (error) {
      if (error instanceof StrataError) return `${error.message}\n${error.diagnostics[0]!.hint ?? ''}`;
    }
    throw new Error('did not fail');
  };

  it('suggests a name and says what there is', () => {
    expect(hintOf('blocks.1.mlp.akt')).toBe(
      [
        'E403 no layer matches "blocks.1.mlp.akt" in vit.onnx',
        'did you mean "blocks.1.mlp.act"?',
        'there are: input, embed, blocks.0..2.ln1, blocks.0..2.attn.probs, blocks.0..2.attn, blocks.0..2.ln2, ' +
          'blocks.0..2.mlp.act, blocks.0..2.mlp, blocks.0..2, norm, pooled, head',
      ].join('\n'),
    );
  });

  it('fails for a group that the model does not have', () => {
    expect(hintOf('stages')).toContain('E403 no layer matches "stages"');
    expect(hintOf('blocks.*.conv')).toContain('E403 no layer matches "blocks.*.conv"');
  });
});
