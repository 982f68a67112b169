// Every rule of the linter, one line each.
export { classMix } from './class-mix.ts';
export { constantProbabilities } from './constant-probabilities.ts';
export { duplicateRows } from './duplicate-rows.ts';
export { everyFold } from './every-fold.ts';
export { finiteNumbers } from './finite-numbers.ts';
export { header } from './header.ts';
export { inRange } from './in-range.ts';
export { knownClasses } from './known-classes.ts';
export { labelCount } from './label-count.ts';
export { lastSubmission } from './last-submission.ts';
export { missingRows } from './missing-rows.ts';
export { noFormulas } from './no-formulas.ts';
export { oneClass } from './one-class.ts';
export { predictedRows } from './predicted-rows.ts';
export { rowOrder } from './row-order.ts';
export { sumsToOne } from './sums-to-one.ts';
export { unknownRows } from './unknown-rows.ts';
