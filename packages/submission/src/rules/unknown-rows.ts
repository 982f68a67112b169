import { exampleRows, plural, quoteRows } from '../lint/describe-rows.ts';
import type { LintRule } from './rule.ts';

export const unknownRows: LintRule = {
  name: 'unknown-rows',
  summary: 'each row has an id of the sample',
  run: ({ submission, sample }) => {
    const known = new Set(sample.ids);
    const rows = submission.rows.filter(({ id }) => !known.has(id));
    const [first] = rows;
    if (first === undefined) return [];
    const sampleIds = new Map(sample.ids.map((id) => [simplified(id), id]));
    const similar = sampleIds.get(simplified(first.id));
    const hint = similar === undefined ? '' : `; the sample has ${JSON.stringify(similar)}`;
    return [
      {
        severity: 'error',
        message: `${plural(rows.length, 'row')} with an id that is not in ${sample.file}: ${quoteRows(rows)}${hint}`,
        rows: exampleRows(rows),
        fix:
          similar === undefined
            ? 'remove them; was this submission made for another competition, or from the training table?'
            : 'write ids as text: spreadsheets and number columns drop leading zeros',
      },
    ];
  },
};

/** Without what is often lost on the way: leading zeros, an extension, case, `.0`. */
function simplified(id: string): string {
  return id
    .toLowerCase()
    .replace(/\.(0|[a-z]{3,4})$/, '')
    .replace(/^0+(?=.)/, '');
}
