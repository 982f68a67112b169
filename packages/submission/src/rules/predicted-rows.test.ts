import { LABELS, testRule } from '../../test/lint-cases.ts';
import { predictedRows } from './predicted-rows.ts';

testRule(predictedRows, [
  {
    sample: LABELS,
    good: LABELS,
    bad: LABELS,
    message: /1 row without a prediction, with the cells of the sample: "01" \(line 3\)/,
    severity: 'warning',
    lines: [3],
    options: (which) => (which === 'bad' ? { unpredicted: ['01'] } : {}),
  },
]);
