import { z } from 'zod';
import { type Choice, OPTIONS_KEY, settingError } from '../forms/form.ts';
import type { FoundLists, ListStyle } from './list-style.ts';

/** Settings of forms that write several labels into one cell. */
export const listSettings: {
  readonly list: z.ZodType<ListStyle['list'] | undefined>;
  readonly separator: z.ZodType<string | undefined>;
} = {
  list: z
    .enum(['plain', 'json', 'python'])
    .optional()
    .describe(
      'how labels are listed: plain (cat dog), json (["cat", "dog"]) or python; default: as in the sample, else plain',
    ),
  separator: z
    .string()
    .min(1)
    .optional()
    .describe('text between labels; default: as in the sample, else as in the training table, else a space'),
};

/** The style that settings ask for; what they leave open is that of the sample. */
export function listStyle(
  given: { readonly list?: ListStyle['list'] | undefined; readonly separator?: string | undefined },
  found: FoundLists,
): ListStyle {
  const list = given.list ?? found.style.list;
  const usual = list === 'plain' ? ' ' : ', ';
  return { list, separator: given.separator ?? (list === found.style.list ? found.style.separator : usual) };
}

/** Why labels are listed in this way. */
export function listChoices({ isShown, style }: FoundLists, usual?: string): Choice[] {
  const reason = isShown
    ? 'as in the cells of the sample'
    : `no cell of the sample has several labels: ${usual === undefined ? 'the default' : 'as in the training table'}`;
  return [
    { key: 'list', value: style.list, reason },
    { key: 'separator', value: JSON.stringify(style.separator), reason },
  ];
}

/** @throws PodiumError `submission-settings` if a cell of these labels could not be split again */
export function assertSplittable(labels: readonly string[], { list, separator }: ListStyle): void {
  if (list !== 'plain') {
    if (/^\s*,\s*$/.test(separator)) return;
    throw settingError('separator', {
      expected: `a comma, with or without spaces, in a ${list} list`,
      got: JSON.stringify(separator),
      fix: `set ${OPTIONS_KEY}.separator: ", "`,
    });
  }
  const ambiguous = labels.find((text) => text.includes(separator));
  if (ambiguous === undefined) return;
  const free = [';', '|', ',', '/'].find((text) => labels.every((label) => !label.includes(text)));
  throw settingError('separator', {
    message: 'a label contains the separator, so the cell could not be split',
    expected: 'a text that no label contains',
    got: `${JSON.stringify(separator)}, which is in ${JSON.stringify(ambiguous)}`,
    fix: `set ${OPTIONS_KEY}.separator: ${JSON.stringify(free ?? ' | ')} (whatever the competition writes), or ${OPTIONS_KEY}.names to the label of each class`,
  });
}
