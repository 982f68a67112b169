import { LABELS, testRule } from '../../test/lint-cases.ts';
import { rowOrder } from './row-order.ts';

testRule(rowOrder, [
  {
    sample: LABELS,
    good: LABELS,
    bad: 'id,label\n01,cat\n1,cat\nc.jpg,dog\n',
    message: /"01" \(line 2\) is in the place of "1"/,
    lines: [2],
  },
]);
