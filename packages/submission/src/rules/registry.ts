import { defineRegistry, type Registry } from '@podium/core';
import * as all from './index.ts';
import type { LintRule } from './rule.ts';

/** Every rule of the linter, by name. */
export const rules: Registry<LintRule> = defineRegistry<LintRule>(Object.values(all), { kind: 'lint rule' });
