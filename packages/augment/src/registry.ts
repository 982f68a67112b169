import { defineRegistry, type Registry } from '@podium/core';
import type { CombinatorEntry } from './combinator.ts';
import * as combinatorEntries from './combinators/index.ts';
import * as policyEntries from './policies/index.ts';
import type { TransformEntry } from './transform.ts';
import * as transformEntries from './transforms/index.ts';

/** All transforms and policies, by name. */
export const transforms: Registry<TransformEntry> = defineRegistry(
  [...Object.values(transformEntries), ...Object.values(policyEntries)],
  { kind: 'transform' },
);

/** All steps made of steps, by name. */
export const combinators: Registry<CombinatorEntry> = defineRegistry(Object.values(combinatorEntries), {
  kind: 'combinator',
});
