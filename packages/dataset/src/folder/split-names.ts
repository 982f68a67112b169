/** What a folder is for, by its name. */
export type SplitRole = 'train' | 'validation' | 'test';

const KIND = '(set|data|images?|imgs?|pics?|photos?|jpe?gs?|pngs?)?';
const TOKENS: readonly (readonly [SplitRole, RegExp])[] = [
  ['train', new RegExp(`^(train(ing)?|trn|trainval)${KIND}$`)],
  ['validation', new RegExp(`^(val|valid|validation|dev)${KIND}$`)],
  ['test', new RegExp(`^(test(ing)?|tst|eval|evaluation|pred(ict(ions?)?)?)${KIND}$`)],
];

/**
 * The split that a folder's name stands for: `train`, `seg_train`, `trainingSet`, `asl_alphabet_test`, `val2017`. Whether
 * it is one depends on the folders beside it: a class may be called `train` or `test_tube` as well.
 */
export function splitRole(name: string): SplitRole | undefined {
  const tokens = name
    .replaceAll(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}]+/u);
  const roles = new Set(
    tokens.flatMap((token) => TOKENS.filter(([, pattern]) => pattern.test(token)).map(([role]) => role)),
  );
  // "train_val" is for training, "train_test_split" holds both.
  if (roles.size === 2 && roles.has('train') && roles.has('validation')) return 'train';
  return roles.size === 1 ? [...roles][0] : undefined;
}
