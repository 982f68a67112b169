import { LABELS, testRule } from '../../test/lint-cases.ts';
import { oneClass } from './one-class.ts';

testRule(oneClass, [
  {
    sample: LABELS,
    good: LABELS,
    bad: 'id,label\n1,cat\n01,cat\nc.jpg,cat\n',
    message: /all 3 rows of "label" have "cat"$/,
    severity: 'warning',
  },
]);
