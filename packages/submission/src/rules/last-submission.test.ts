import { COLUMNS, LABELS, testRule } from '../../test/lint-cases.ts';
import { tableOf } from '../../test/submissions.ts';
import { lastSubmission } from './last-submission.ts';

testRule(lastSubmission, [
  {
    sample: LABELS,
    good: LABELS.replace('1,cat', '1,owl'),
    bad: LABELS,
    message: /none of 3 rows differs from last.csv/,
    severity: 'warning',
    options: async () => ({ previous: await tableOf(LABELS, 'id', 'last.csv') }),
  },
  {
    sample: LABELS,
    good: LABELS.replace('1,cat', '1,owl'),
    bad: 'id,label\n1,owl\n01,owl\nc.jpg,dog\n',
    message: /2 of 3 rows have another class/,
    severity: 'warning',
    lines: [2, 3],
    options: async () => ({ previous: await tableOf(LABELS, 'id', 'last.csv') }),
  },
  {
    sample: COLUMNS,
    good: 'id,cat,dog,owl\n1,0.6,0.4,0\n2,0,0,1\n',
    bad: 'id,cat,dog,owl\n1,0.5000001,0.4999999,0\n2,0,0,1\n',
    message: /none of 2 rows/,
    severity: 'warning',
    options: async () => ({
      previous: await tableOf('id,cat,dog,owl\n1,0.5,0.5,0\n2,0,0,1\n', 'id', 'last.csv'),
    }),
  },
  {
    sample: COLUMNS,
    good: 'id,cat,dog,owl\n1,0.6,0.4,0\n2,0,0.1,0.9\n',
    bad: 'id,cat,dog,owl\n1,0,1,0\n2,1,0,0\n',
    message: /2 of 2 rows/,
    severity: 'warning',
    lines: [2, 3],
    options: async () => ({
      previous: await tableOf('id,cat,dog,owl\n1,0.51,0.49,0\n2,0,0,1\n', 'id', 'last.csv'),
    }),
  },
]);
