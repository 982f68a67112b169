import type { SplitColumn } from '../layout-settings.ts';
import type { Notes } from '../notes.ts';
import { OPTIONS } from '../notes.ts';
import { UnclearSetting } from '../unclear-setting.ts';
import type { ColumnFacts } from './column-facts.ts';

const NAMES = /^(split|sets?|subset|usage|partition|phase|data_?(set|type)|train_?(or_?)?test|is_?test)$/i;
const TRAIN = /^(train(ing)?|trn|val(id(ation)?)?|dev)$/i;
const TEST = /^((public|private)?_?test(ing)?|tst|eval(uation)?|holdout)$/i;
const IS_TEST = /^is_?test$/i;

export function mayBeSplit(column: string): boolean {
  return NAMES.test(column);
}

/**
 * The column that marks some rows as test rows, by its name and all its cells.
 * @param columns those that {@link mayBeSplit} names, with their cells
 * @throws UnclearSetting `layout-split-unclear` if some cells name a test set and others are unknown
 */
export function recognizeSplit(
  columns: readonly ColumnFacts[],
  table: string,
  notes: Notes,
): SplitColumn | undefined {
  for (const { name: column, values } of columns) {
    const texts = [...values.keys()];
    const isFlag = IS_TEST.test(column);
    const test = texts.filter((text) => (isFlag ? /^(1|1\.0|true)$/i.test(text) : TEST.test(text)));
    const train = texts.filter((text) => (isFlag ? /^(0|0\.0|false)$/i.test(text) : TRAIN.test(text)));
    if (test.length === 0 || texts.length === 1) continue;
    if (test.length + train.length < texts.length) {
      const odd = texts.find((text) => !test.includes(text) && !train.includes(text))!;
      throw new UnclearSetting(
        'split',
        [
          { value: { column, test }, label: 'only these rows are test rows' },
          { value: false, label: 'all rows are training rows' },
        ],
        {
          code: 'layout-split-unclear',
          message: 'this column marks test rows, but not only',
          path: { file: table, line: values.get(odd)!.line, column },
          expected: [...train, ...test],
          got: JSON.stringify(odd),
        },
      );
    }
    notes.decide(
      'split',
      `{ column: ${column}, test: [${test.join(', ')}] }`,
      `"${column}" marks test rows; set ${OPTIONS}.split: false to train with all rows`,
    );
    return { column, test };
  }
  return undefined;
}
