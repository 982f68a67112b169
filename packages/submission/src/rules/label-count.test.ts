import { TAGS, testRule } from '../../test/lint-cases.ts';
import { labelCount } from './label-count.ts';

testRule(labelCount, [
  {
    sample: 'id,label\n1,cat dog\n2,cat dog\n',
    good: 'id,label\n1,cat owl\n2,dog cat\n',
    bad: 'id,label\n1,cat owl dog\n2,dog cat\n',
    message: /1 cell of "label" without 2 labels/,
    lines: [2],
  },
  {
    sample: 'id,label\n1,cat dog\n2,cat dog\n',
    good: 'id,label\n1,cat owl\n2,dog cat\n',
    bad: 'id,label\n1,cat cat\n2,dog cat\n',
    message: /with a repeated label: "cat cat"/,
    lines: [2],
  },
  {
    sample: 'id,tags\n1,cat\n2,cat\n',
    heads: [TAGS],
    good: 'id,tags\n1,cat owl\n2,dog\n',
    bad: 'id,tags\n1,\n2,dog\n',
    message: /without 1 to 3 labels: ""/,
    lines: [2],
  },
]);
