import { COLUMNS, testRule } from '../../test/lint-cases.ts';
import { sumsToOne } from './sums-to-one.ts';

testRule(sumsToOne, [
  {
    sample: COLUMNS,
    good: 'id,cat,dog,owl\n1,0.33333,0.33333,0.33333\n2,0,0,1\n',
    bad: 'id,cat,dog,owl\n1,0.33,0.33,0.33\n2,0,0,1\n',
    message: /1 row do not sum to 1 \(cat to owl\): 0.99 in "1"/,
    lines: [2],
  },
]);
