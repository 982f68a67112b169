import type { LintRule } from '../finding.ts';

export const header: LintRule = {
  name: 'header',
  summary: "the sample's columns, in their order",
  run: ({ submission, sample }) => {
    const [own, wanted] = [submission.columns, sample.columns];
    if (own.length === wanted.length && own.every((name, c) => name === wanted[c])) return [];
    const lacks = wanted.filter((name) => !own.includes(name));
    const strange = own.filter((name) => !wanted.includes(name));
    const what =
      lacks.length + strange.length === 0
        ? 'the columns are in another order'
        : [
            ...(lacks.length > 0 ? [`without ${list(lacks)}`] : []),
            ...(strange.length > 0 ? [`with ${list(strange)}, which the sample does not have`] : []),
          ].join(' and ');
    return [
      {
        severity: 'error',
        message: `the header is not the sample's: ${what}`,
        rows: [],
        fix: `write the first line as ${sample.file} has it: ${sample.style.header}`,
      },
    ];
  },
};

function list(names: readonly string[]): string {
  const shown = names.slice(0, 4).map((name) => JSON.stringify(name));
  return `${shown.join(', ')}${names.length > shown.length ? `, ... (${names.length})` : ''}`;
}
