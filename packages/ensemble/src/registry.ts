import { defineRegistry, type Registry } from '@podium/core';
import type { MethodEntry } from './method.ts';
import * as methodFiles from './methods/index.ts';
import type { BlendRule } from './rule.ts';
import * as ruleFiles from './rules/index.ts';

/**
 * Rules that fit nothing.
 *
 * @example
 * const blended = rules.get('power-mean').parse({ power: 2 })(members);
 */
export const rules: Registry<BlendRule> = defineRegistry(
  Object.values(ruleFiles).map((file) => file.entry),
  { kind: 'blending rule' },
);

/**
 * Methods that are fitted to labels.
 *
 * @example
 * const method = methods.get('selection').parse({ bags: 20 }, { score: scoreOf('f1-macro') });
 */
export const methods: Registry<MethodEntry> = defineRegistry(
  Object.values(methodFiles).map((file) => file.entry),
  { kind: 'ensemble method' },
);
