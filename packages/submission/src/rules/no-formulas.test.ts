import { LABELS, testRule } from '../../test/lint-cases.ts';
import { head } from '../../test/submissions.ts';
import { noFormulas } from './no-formulas.ts';

testRule(noFormulas, [
  {
    sample: LABELS.replaceAll(',cat', ',@cat'),
    heads: [head('label', '@cat', 'dog', 'owl')],
    good: 'id,label\n1,dog\n01,owl\nc.jpg,dog\n',
    bad: 'id,label\n1,@cat\n01,dog\nc.jpg,@cat\n',
    message: /such as "@cat", in 2 rows: "1" \(line 2\), "c\.jpg" \(line 4\)$/,
    severity: 'warning',
    lines: [2, 4],
  },
  {
    sample: 'id,cat,dog,owl\n1,0,0,0\n-2,0,0,0\n',
    good: 'id,cat,dog,owl\n1,1,0,-0\n-2,0,1,0\n',
    bad: 'id,cat,dog,owl\n1,=1,0,-0\n-2,0,1,0\n',
    message: /such as "=1", in 1 row: "1" \(line 2\)$/,
    severity: 'warning',
    lines: [2],
  },
]);
