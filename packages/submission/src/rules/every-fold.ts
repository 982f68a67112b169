import type { LintRule } from './rule.ts';

const MAX_SHOWN = 4;

export const everyFold: LintRule = {
  name: 'every-fold',
  summary: 'every member predicted with each of its folds once',
  run: ({ folds }) => {
    if (folds === undefined) return [];
    const expected = [...new Set(folds.expected)].sort((a, b) => a - b);
    const members = Object.entries(folds.contributed).sort(([a], [b]) => (a < b ? -1 : 1));
    const problems = members.flatMap(([member, contributed]) => {
      const missing = expected.filter((fold) => !contributed.includes(fold));
      const repeated = [...new Set(contributed.filter((fold, i) => contributed.indexOf(fold) !== i))];
      const unknown = [...new Set(contributed.filter((fold) => !expected.includes(fold)))];
      return [
        ...(missing.length > 0 ? [`${member} lacks fold ${missing.join(', ')}`] : []),
        ...(repeated.length > 0 ? [`${member} has fold ${repeated.join(', ')} twice`] : []),
        ...(unknown.length > 0 ? [`${member} has fold ${unknown.join(', ')}, which does not exist`] : []),
      ];
    });
    if (members.length === 0 && expected.length > 0) problems.push('no model predicted the test rows');
    if (problems.length === 0) return [];
    return [
      {
        severity: 'error',
        message: `not every fold predicted the test rows once: ${problems.slice(0, MAX_SHOWN).join('; ')}${problems.length > MAX_SHOWN ? '; ...' : ''}`,
        rows: [],
        fix: 'train and predict with the missing folds: the cross-validation score is that of all folds together',
      },
    ];
  },
};
