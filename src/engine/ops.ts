/**
 * Every op once: its shape rule and its execution. Total by type, like the gradients' table: an op named in attrs.ts without
 * a rule here or there does not compile.
 */
import type { OpName } from './attrs.js';
import { CONV } from './ops/conv.js';
import { LAYOUT } from './ops/layout.js';
import { LOSS } from './ops/loss.js';
import { MATRIX } from './ops/matrix.js';
import { POINTWISE } from './ops/pointwise.js';
import { POOL } from './ops/pool.js';
import { REDUCE } from './ops/reduce.js';
import { SOURCE } from './ops/source.js';
import { VIEW } from './ops/view.js';
import type { OpTable } from './rules.js';

export const OPS: OpTable<OpName> = { ...SOURCE, ...POINTWISE, ...VIEW, ...LAYOUT, ...REDUCE, ...MATRIX, ...CONV, ...POOL, ...LOSS };
