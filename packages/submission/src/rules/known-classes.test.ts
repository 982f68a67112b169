import { LABELS, TAGS, testRule } from '../../test/lint-cases.ts';
import { knownClasses } from './known-classes.ts';

testRule(knownClasses, [
  {
    sample: LABELS,
    good: LABELS,
    bad: LABELS.replace('1,cat', '1,Cat'),
    message: /1 cell of "label" with an unknown label: "Cat" in "1" \(line 2\) \(did you mean "cat"\?\)/,
    lines: [2],
  },
  {
    sample: LABELS,
    form: { form: 'label', names: { cat: '07' } },
    good: 'id,label\n1,07\n01,dog\nc.jpg,dog\n',
    bad: 'id,label\n1,7\n01,dog\nc.jpg,dog\n',
    message: /unknown label: "7"/,
    lines: [2],
  },
  {
    sample: 'id,tags\n1,cat\n2,cat\n',
    heads: [TAGS],
    good: 'id,tags\n1,cat owl\n2,dog\n',
    bad: 'id,tags\n1,cat owll\n2,dog\n',
    message: /"owll".*did you mean "owl"/,
    lines: [2],
  },
]);
