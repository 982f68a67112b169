import { LABELS, testRule } from '../../test/lint-cases.ts';
import { everyFold } from './every-fold.ts';

testRule(everyFold, [
  {
    sample: LABELS,
    good: LABELS,
    bad: LABELS,
    message: /a lacks fold 1; b has fold 0 twice; b has fold 7, which does not exist/,
    options: (which) => ({
      folds: {
        expected: [0, 1],
        contributed: which === 'bad' ? { a: [0], b: [0, 0, 1, 7] } : { a: [0, 1], b: [1, 0] },
      },
    }),
  },
]);
