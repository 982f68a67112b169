import { LABELS, testRule } from '../../test/lint-cases.ts';
import { missingRows } from './missing-rows.ts';

testRule(missingRows, [
  {
    sample: LABELS,
    good: LABELS,
    bad: 'id,label\n1,cat\nc.jpg,dog\n',
    message: /1 id of sample_submission.csv without a row: "01" \(line 3\)/,
    lines: [3],
  },
]);
