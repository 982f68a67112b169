import { COLUMNS, LABELS, testRule } from '../../test/lint-cases.ts';
import { header } from './header.ts';

testRule(header, [
  {
    sample: LABELS,
    good: LABELS,
    bad: LABELS.replace('label', 'Label'),
    message: /without "label" and with "Label"/,
  },
  {
    sample: COLUMNS,
    good: 'id,cat,dog,owl\n1,1,0,0\n2,0,1,0\n',
    bad: 'id,dog,cat,owl\n1,1,0,0\n2,0,1,0\n',
    message: /in another order/,
  },
  {
    sample: LABELS,
    good: LABELS,
    bad: 'id,label,x\n1,cat,1\n01,cat,1\nc.jpg,dog,1\n',
    message: /with "x", which the sample does not have/,
  },
]);
