import { COLUMNS, testRule } from '../../test/lint-cases.ts';
import { finiteNumbers } from './finite-numbers.ts';

testRule(finiteNumbers, [
  {
    sample: COLUMNS,
    good: 'id,cat,dog,owl\n1,1,0,0\n2,0,1e-9,1\n',
    bad: 'id,cat,dog,owl\n1,nan,0,1\n2,0,0,1\n',
    message: /1 cell of "cat".*"nan" in "1" \(line 2\)/,
    lines: [2],
  },
  {
    sample: COLUMNS,
    good: 'id,cat,dog,owl\n1,1,0,0\n2,0,0,1\n',
    bad: 'id,cat,dog,owl\n1,1,0,0\n2,,0,1\n',
    message: /"" in "2"/,
    lines: [3],
  },
  {
    sample: COLUMNS,
    good: 'id,cat,dog,owl\n1,1,0,0\n2,0,0,1\n',
    bad: 'id,cat,dog,owl\n1,1,0,0\n2,1e999,0,0\n',
    message: /"1e999"/,
    lines: [3],
  },
]);
