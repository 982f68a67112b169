import { COLUMNS, testRule } from '../../test/lint-cases.ts';
import { inRange } from './in-range.ts';

testRule(inRange, [
  {
    sample: COLUMNS,
    good: 'id,cat,dog,owl\n1,1,0,0\n2,0,0,1\n',
    bad: 'id,cat,dog,owl\n1,1.5,-0.5,0\n2,0,0,1\n',
    message: /1 number of "cat" outside \[0, 1\]: 1.5 in "1"/,
    lines: [2],
  },
]);
