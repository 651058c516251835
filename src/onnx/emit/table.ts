/** Every op of the engine as ONNX nodes; total by type, like the engine's own tables. `input` is bound by who emits (emit.ts). */
import type { OpName } from '../../engine/attrs.js';
import { CONV } from './conv.js';
import { LAYOUT } from './layout.js';
import { LOSS } from './loss.js';
import { POINTWISE } from './pointwise.js';
import { POOL } from './pool.js';
import type { EmitTable } from './rules.js';
import { SALIENCY } from './saliency.js';

export const EMIT: EmitTable<Exclude<OpName, 'input'>> = { ...POINTWISE, ...LAYOUT, ...CONV, ...SALIENCY, ...POOL, ...LOSS };
