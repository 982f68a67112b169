import type { LintRule } from '../finding.ts';

export const everyFold: LintRule = {
  name: 'every-fold',
  summary: "each member's folds all had a part in it, once",
  run: ({ folds }) => {
    if (folds === undefined) return [];
    const wanted = [...new Set(folds.expected)].sort((a, b) => a - b);
    const members = Object.entries(folds.contributed).sort(([a], [b]) => (a < b ? -1 : 1));
    const wrong = members.flatMap(([member, own]) => {
      const lacks = wanted.filter((fold) => !own.includes(fold));
      const twice = [...new Set(own.filter((fold, i) => own.indexOf(fold) !== i))];
      const strange = [...new Set(own.filter((fold) => !wanted.includes(fold)))];
      return [
        ...(lacks.length > 0 ? [`${member} lacks fold ${lacks.join(', ')}`] : []),
        ...(twice.length > 0 ? [`${member} has fold ${twice.join(', ')} twice`] : []),
        ...(strange.length > 0 ? [`${member} has fold ${strange.join(', ')}, which there is none of`] : []),
      ];
    });
    if (members.length === 0 && wanted.length > 0) wrong.push('no model had a part in it');
    if (wrong.length === 0) return [];
    return [
      {
        severity: 'error',
        message: `not every fold had its part: ${wrong.slice(0, 4).join('; ')}${wrong.length > 4 ? '; ...' : ''}`,
        rows: [],
        fix: 'train and predict with the folds that are missing: the cross-validation score is that of all of them together',
      },
    ];
  },
};
