import type { Head } from '@podium/dataset';
import { type FormContext, settingError } from '../forms/form.ts';

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
    fix: 'set submission.head to the head that fills it',
  });
}
