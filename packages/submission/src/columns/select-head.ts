import type { Head } from '@podium/dataset';
import { type Choice, type FormContext, OPTIONS_KEY, settingError } from '../forms/form.ts';

/**
 * The head called `name`. Without a name, the only head, or the one named like the column.
 * @throws PodiumError `submission-settings`
 */
export function selectHead({ heads }: FormContext, name: string | undefined, column: string): Head {
  const only = heads.length === 1 ? heads[0] : undefined;
  const found =
    name === undefined
      ? (only ?? heads.find((head) => head.name === column))
      : heads.find((head) => head.name === name);
  if (found !== undefined) return found;
  throw settingError('head', {
    message: name === undefined ? 'it is not clear which head fills the submission' : 'unknown head',
    expected: heads.map((head) => head.name),
    ...(name !== undefined && { got: JSON.stringify(name) }),
    fix: `set ${OPTIONS_KEY}.head: ${heads[0]?.name ?? 'HEAD'} (or another head that fills it)`,
  });
}

/** Why this head fills the column. */
export function headChoice({ heads }: FormContext, head: Head, column: string): Choice {
  const reason =
    heads.length === 1
      ? 'the only head'
      : head.name === column
        ? 'the column has its name'
        : `the cells of "${column}" are its classes`;
  return { key: 'head', value: head.name, reason };
}
