import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FORMULA, formulaRead, withoutFormula } from './formula.ts';

test.each([
  '=1+1',
  '+A1',
  '-2+3',
  '@SUM(A1)',
  '\t=1',
  '\r=1',
  '\n=1',
  '＝1+1',
  '-',
  '-a',
  '+1-',
  '=HYPERLINK("http:x")',
])('%j is written so that no spreadsheet runs it', (text) => {
  expect(withoutFormula(text)).toBe(`'${text}`);
  expect(formulaRead(`'${text}`)).toBe(text);
});

test.each(['', 'a=1', '0.5', '-0.5', '+1', '-.5', '-1.', '-1e-7', '+1E5', "'a", "'=1", ' =1', 'x-y', '猫'])(
  '%j stays as it is',
  (text) => {
    expect(withoutFormula(text)).toBe(text);
  },
);

test('no text that is written begins as a formula, and what was written is read', () => {
  const text = fc.oneof(fc.string(), fc.stringMatching(/^['=+@\t-]{1,3}[\d.e]{0,4}$/));
  fc.assert(
    fc.property(text, (given) => {
      expect(FORMULA.test(withoutFormula(given))).toBe(false);
      // A cell that people began with an apostrophe means the same to a spreadsheet.
      if (!/^'[=+\-@\t\r\n]/.test(given)) expect(formulaRead(withoutFormula(given))).toBe(given);
    }),
  );
});
