import { count, examples, type LintRule, named } from '../finding.ts';

export const unknownRows: LintRule = {
  name: 'unknown-rows',
  summary: 'no row whose id the sample does not have',
  run: ({ submission, sample }) => {
    const known = new Set(sample.ids);
    const rows = submission.rows.filter(({ id }) => !known.has(id));
    const [first] = rows;
    if (first === undefined) return [];
    const bare = new Map(sample.ids.map((id) => [plain(id), id]));
    const near = bare.get(plain(first.id));
    const hint = near === undefined ? '' : `; the sample writes ${JSON.stringify(near)}`;
    return [
      {
        severity: 'error',
        message: `${count(rows.length, 'row')} with an id that is not in ${sample.file}: ${named(rows)}${hint}`,
        rows: examples(rows),
        fix:
          near === undefined
            ? 'leave them out; is this the submission of another competition, or made from the training table?'
            : 'write ids as text: a spreadsheet or a table of numbers drops leading zeros',
      },
    ];
  },
};

/** Without what is usually lost on the way: leading zeros, an extension, case, `.0`. */
function plain(id: string): string {
  return id
    .toLowerCase()
    .replace(/\.(0|[a-z]{3,4})$/, '')
    .replace(/^0+(?=.)/, '');
}
