import { defineRegistry, type Registry } from '@podium/core';
import type { MethodEntry } from './method.ts';
import * as methodFiles from './methods/index.ts';
import type { BlendRule } from './rule.ts';
import * as ruleFiles from './rules/index.ts';

/** Rules that fit nothing: `rules.get('power-mean').parse({ power: 2 })(members)`. */
export const rules: Registry<BlendRule> = defineRegistry(
  Object.values(ruleFiles).map((file) => file.entry),
  { kind: 'blending rule' },
);

/** Methods that are fitted to labels: `nested(methods.get('selection').parse({ bags: 20 }, { score }), members, truth, ..)`. */
export const methods: Registry<MethodEntry> = defineRegistry(
  Object.values(methodFiles).map((file) => file.entry),
  { kind: 'ensemble method' },
);
