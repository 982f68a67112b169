import { semiSupervisedMethods } from '@podium/semi-supervised';
import { type RecipeKey, recipe } from './recipe.ts';
import type { UnusedSetting } from './unused-settings.ts';

/** Settings that were written, and that a model uses but its student on pseudo labels does not. */
export function unusedByStudents(
  given: Readonly<Record<string, unknown>>,
  { pseudo, method }: { readonly pseudo: string; readonly method: 'probe' | 'transfer' | 'full' },
): Pick<UnusedSetting, 'key' | 'message'>[] {
  if (method === 'probe') return [];
  if (!semiSupervisedMethods.has(pseudo)) {
    const message = 'a student takes epochs of a fixed size, of which pseudo labels have a share';
    return given.sampler === undefined || given.sampler === 'shuffled' ? [] : [{ key: 'sampler', message }];
  }
  const message = `${pseudo} has a loss and batches of its own`;
  const unused = (Object.keys(recipe) as RecipeKey[])
    .filter((key) => given[key] !== undefined)
    .filter((key) => {
      const uses: readonly string[] = recipe[key].uses;
      return uses.includes('train') && !uses.includes('semi');
    })
    .map((key) => ({ key: key as string, message }));
  const { augment } = given;
  const isOwn = augment !== undefined && !Array.isArray(augment);
  return isOwn
    ? [
        ...unused,
        {
          key: 'augment',
          message: `${pseudo} has views of its own; a list of transforms replaces the weak one`,
        },
      ]
    : unused;
}
