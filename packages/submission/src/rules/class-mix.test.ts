import { ids, lines, MANY, oofWithCats, testRule } from '../../test/lint-cases.ts';
import { head, predictions } from '../../test/submissions.ts';
import { classMix } from './class-mix.ts';

testRule(classMix, [
  {
    sample: MANY,
    good: `id,label\n${lines((i) => `r${i},${i < 16 ? 'cat' : 'dog'}`)}`,
    bad: `id,label\n${lines((i) => `r${i},${i < 38 ? 'cat' : 'dog'}`)}`,
    message: /45 % of the rows.*(95|5) % instead of 50 %/,
    severity: 'warning',
    options: () => ({ outOfFold: new Map([['label', oofWithCats(0.5)]]) }),
  },
  {
    sample: `id,p\n${lines((i) => `r${i},0.5`)}`,
    heads: [head('label', 'no', 'yes')],
    good: `id,p\n${lines((i) => `r${i},0.${i % 10}`)}`,
    bad: `id,p\n${lines((i) => `r${i},0.9${i % 10}`)}`,
    message: /the mean of "p" is 0.945, out of fold 0.45/,
    severity: 'warning',
    options: () => ({
      outOfFold: new Map([
        [
          'label',
          predictions(
            head('label', 'no', 'yes'),
            ids(400),
            ids(400).map((_, i) => [1 - (i % 10) / 10, (i % 10) / 10]),
          ),
        ],
      ]),
    }),
  },
]);
