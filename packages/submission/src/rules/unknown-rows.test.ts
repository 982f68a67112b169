import { LABELS, testRule } from '../../test/lint-cases.ts';
import { unknownRows } from './unknown-rows.ts';

testRule(unknownRows, [
  {
    sample: LABELS,
    good: LABELS,
    bad: `${LABELS}001,cat\n`,
    message: /1 row with an id.*"001" \(line 5\); the sample has "(1|01)"/,
    lines: [5],
  },
  { sample: LABELS, good: LABELS, bad: `${LABELS}x,cat\n`, message: /"x" \(line 5\)$/, lines: [5] },
]);
