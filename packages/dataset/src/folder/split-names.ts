/** What a folder is for, by its name. */
export type SplitRole = 'train' | 'validation' | 'test';

/** A name that stands for a split, and what else it says. */
export interface SplitName {
  readonly role: SplitRole;
  /** Its other words, in lower case: `seg` of `seg_train`; empty for `train`, `trainingSet`, `test_images`, `val2017`. */
  readonly words: string;
}

const KIND = 'set|data|dataset|images?|imgs?|pics?|photos?|jpe?gs?|pngs?|folder|split';
const ONLY_KIND = new RegExp(`^(${KIND})?$`);
const TOKENS: readonly (readonly [SplitRole, RegExp])[] = [
  ['train', new RegExp(`^(train(ing)?|trn|trainval)(${KIND})?$`)],
  ['validation', new RegExp(`^(val|valid|validation|dev)(${KIND})?$`)],
  ['test', new RegExp(`^(test(ing)?|tst|eval|evaluation|pred(ict(ions?)?)?)(${KIND})?$`)],
];

/**
 * The split that a folder's name stands for: `train`, `seg_train`, `trainingSet`, `asl_alphabet_test`, `val2017`. Whether
 * it is one depends on the folders beside it: a class may be called `train` or `test_tube` as well.
 */
export function splitName(name: string): SplitName | undefined {
  const tokens = name
    .normalize('NFC')
    .replaceAll(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{M}]+/u);
  const roles = new Set<SplitRole>();
  const words: string[] = [];
  for (const token of tokens) {
    const found = TOKENS.find(([, pattern]) => pattern.test(token));
    if (found !== undefined) roles.add(found[0]);
    else if (!ONLY_KIND.test(token)) words.push(token);
  }
  // "train_val" is for training, "train_test_split" holds both.
  if (roles.size === 2 && roles.has('train') && roles.has('validation')) roles.delete('validation');
  const [role] = roles;
  return roles.size === 1 ? { role: role!, words: words.join(' ') } : undefined;
}
