import { LABELS, testRule } from '../../test/lint-cases.ts';
import { duplicateRows } from './duplicate-rows.ts';

testRule(duplicateRows, [
  {
    sample: LABELS,
    good: LABELS,
    bad: `${LABELS}1,dog\n`,
    message: /1 row with an id that an earlier row has: "1" \(line 5\)/,
    lines: [5],
  },
]);
