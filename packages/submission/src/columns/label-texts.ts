import type { Head } from '@podium/dataset';
import { z } from 'zod';
import { type FormView, settingError } from '../form.ts';

/** The competition's text by Podium's class: `{ cat: '07' }`. Classes that are left out are written as they are. */
export const namesSchema: z.ZodOptional<z.ZodRecord<z.ZodString, z.ZodString>> = z
  .record(z.string(), z.string())
  .optional();

/**
 * The head that a setting names; without one the only head, or the one that the column is named after.
 * @throws PodiumError `submission-settings`
 */
export function headOf(view: FormView, name: string | undefined, key: string, column?: string): Head {
  const { heads } = view;
  const found =
    name === undefined
      ? heads.length === 1
        ? heads[0]
        : heads.find((head) => head.name === column)
      : heads.find((head) => head.name === name);
  if (found !== undefined) return found;
  throw settingError(key, {
    message: name === undefined ? 'it is not clear which head fills the submission' : 'there is no such head',
    expected: heads.map((head) => head.name),
    ...(name !== undefined && { got: JSON.stringify(name) }),
    fix: `set ${key} to the head that is meant`,
  });
}

/**
 * The text of each class of a head, in the order of its classes: exactly what settings say, else the class's own name.
 * @throws PodiumError `submission-settings` for a class that the head does not have, or one text for two classes
 */
export function labelTexts(
  head: Head,
  names: Readonly<Record<string, string>> | undefined,
  key: string,
): string[] {
  for (const name of Object.keys(names ?? {})) {
    if (head.classes.includes(name)) continue;
    throw settingError(`${key}.${name}`, {
      message: `the head "${head.name}" has no such class`,
      expected: head.classes,
      got: JSON.stringify(name),
    });
  }
  const texts = head.classes.map((name) =>
    names !== undefined && Object.hasOwn(names, name) ? names[name]! : name,
  );
  const twice = texts.findIndex((text, i) => texts.indexOf(text) !== i);
  if (twice === -1) return texts;
  throw settingError(key, {
    message: `two classes, "${head.classes[texts.indexOf(texts[twice]!)]}" and "${head.classes[twice]}", would be written alike`,
    expected: 'a text of its own for each class',
    got: JSON.stringify(texts[twice]),
    fix: 'to merge classes, merge them in the training table, so that the model is trained on what is scored',
  });
}

/**
 * The one column that a form fills.
 * @throws PodiumError `submission-settings` where the sample has several
 */
export function onlyColumn({ columns, sample }: FormView, form: string): string {
  const [column] = columns;
  if (column !== undefined && columns.length === 1) return column;
  throw settingError('form', {
    message: `the form "${form}" fills one column, and ${sample.file} has ${columns.length} beside the id`,
    expected: 'one column',
    got: columns.slice(0, 6).join(', '),
    fix: 'choose a form of several columns, or list in submission.keep the columns that are to stay as the sample has them',
  });
}
