import { COLUMNS, lines, testRule } from '../../test/lint-cases.ts';
import { head } from '../../test/submissions.ts';
import { constantProbabilities } from './constant-probabilities.ts';

testRule(constantProbabilities, [
  {
    sample: COLUMNS,
    good: 'id,cat,dog,owl\n1,1,0,0\n2,0,0,1\n',
    bad: 'id,cat,dog,owl\n1,0.5,0.5,0\n2,0.5,0.5,0\n',
    message: /all 2 rows have the same probabilities: 0.5, 0.5, 0/,
    severity: 'warning',
  },
  {
    sample: `id,p\n${lines((i) => `r${i},0.5`)}`,
    heads: [head('label', 'no', 'yes')],
    good: `id,p\n${lines((i) => `r${i},0.${i % 10}`)}`,
    bad: `id,p\n${lines((i) => `r${i},0.3`)}`,
    message: /all 40 rows/,
    severity: 'error',
  },
]);
