import { defineRegistry, type Registry } from '@podium/core';
import { classMix } from './class-mix.ts';
import { constantProbabilities } from './constant-probabilities.ts';
import { duplicateRows } from './duplicate-rows.ts';
import { everyFold } from './every-fold.ts';
import { finiteNumbers } from './finite-numbers.ts';
import { header } from './header.ts';
import { inRange } from './in-range.ts';
import { knownClasses } from './known-classes.ts';
import { labelCount } from './label-count.ts';
import { lastSubmission } from './last-submission.ts';
import { missingRows } from './missing-rows.ts';
import { oneClass } from './one-class.ts';
import { rowOrder } from './row-order.ts';
import type { LintRule } from './rule.ts';
import { sumsToOne } from './sums-to-one.ts';
import { unknownRows } from './unknown-rows.ts';

/** Every check of the linter. */
export const rules: Registry<LintRule> = defineRegistry(
  [
    classMix,
    constantProbabilities,
    duplicateRows,
    everyFold,
    finiteNumbers,
    header,
    inRange,
    knownClasses,
    labelCount,
    lastSubmission,
    missingRows,
    oneClass,
    rowOrder,
    sumsToOne,
    unknownRows,
  ],
  { kind: 'lint rule' },
);
