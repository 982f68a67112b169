import type { Head } from '@podium/dataset';
import { z } from 'zod';
import { type Choice, type FormContext, settingError } from '../forms/form.ts';
import { byName } from './by-name.ts';
import { cellFit } from './cell-fit.ts';

/** `{ cat: '07' }`: the competition's label by class. */
export const namesSchema: z.ZodOptional<z.ZodType<Readonly<Record<string, string>>>> = byName(z.string())
  .optional()
  .describe("the competition's label per class, such as { cat: '07' }; default: the class itself");

/**
 * The label of each class of a head, in the order of its classes: the one in `names`, or the class itself.
 * @param key of the setting, for errors
 * @throws PodiumError `submission-settings` for an unknown class, and for one label that two classes would share
 */
export function labelTexts(
  head: Head,
  names: Readonly<Record<string, string>> | undefined,
  key: string,
): string[] {
  const given = new Map(Object.entries(names ?? {}));
  for (const name of given.keys()) {
    if (head.classes.includes(name)) continue;
    throw settingError(`${key}.${name}`, {
      message: `the head "${head.name}" has no such class`,
      expected: head.classes,
      got: JSON.stringify(name),
    });
  }
  const texts = head.classes.map((name) => given.get(name) ?? name);
  const repeated = texts.findIndex((text, i) => texts.indexOf(text) !== i);
  if (repeated === -1) return texts;
  const first = head.classes[texts.indexOf(texts[repeated]!)];
  throw settingError(key, {
    message: `the classes "${first}" and "${head.classes[repeated]}" have the same label`,
    expected: 'a different label for each class',
    got: JSON.stringify(texts[repeated]),
    fix: 'to merge classes, merge them in the training table, so that the model trains on the scored classes',
  });
}

/** That classes are written as in the training table, for a column whose cells in the sample are not classes. */
export function namesChoice({ summary }: FormContext, head: Head, column: string): Choice[] {
  const fit = cellFit(summary(column), new Set(head.classes));
  if (fit.kind === 'labels') return [];
  const shown = head.classes.slice(0, 3).join(', ');
  return [
    {
      key: 'names',
      value: `${shown}${head.classes.length > 3 ? ', ...' : ''}, as in the training table`,
      reason: `${JSON.stringify(fit.value)} in the sample ${fit.kind === 'numbers' ? 'is the same number, written differently' : 'is taken for a placeholder'}`,
    },
  ];
}
