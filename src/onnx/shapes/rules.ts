/**
 * The shape that each operator gives its outputs; operators of the same name in several domains share a rule.
 * Source: the ONNX operator specification, versions 1 to 24, and ONNX Runtime's contributed operators.
 */
import {ARITHMETIC} from './arithmetic.js';
import {LAYOUT} from './layout.js';
import {NETWORK} from './network.js';
import type {Rule} from './rule.js';

export const RULES: Readonly<Record<string, Rule | undefined>> = {...ARITHMETIC, ...LAYOUT, ...NETWORK};
