/** Settings that all runs on a demo's data share. */
export const COMPETITIONS = {
  food: {
    competition: 'food',
    options: { train: 'train.csv', labels: [{ name: 'label', column: 'label' }], group: 'group' },
    metric: 'f1-macro',
    folds: 5,
  },
  digits: { competition: 'digits', options: undefined, metric: 'accuracy', folds: 3 },
} as const;

export type CompetitionName = keyof typeof COMPETITIONS;

/** The common part of the settings. */
export function commonSettings(name: CompetitionName, folder: string): Readonly<Record<string, unknown>> {
  const { competition, options, metric, folds } = COMPETITIONS[name];
  return {
    competition,
    metric,
    folds: { count: folds },
    data: { folder, options },
  };
}
