import type { BlendRule } from '../rule.ts';
import { fail } from '../support/errors.ts';
import { readSettings } from '../support/settings.ts';
import { mean } from './mean.ts';

export const entry: BlendRule = {
  name: 'weighted-mean',
  summary: 'Arithmetic mean of probabilities with given weights: { weights: [2, 1, 1] }.',
  parse: (settings) => {
    const reader = readSettings('rule "weighted-mean"', settings);
    const own = reader.numbers('weights');
    reader.end();
    return (members, weights = own) => {
      if (weights === undefined) {
        fail({
          code: 'ensemble-weights',
          path: { key: 'weights' },
          expected: `one number a member, ${members.length}`,
          got: 'none',
          fix: 'give weights, or use the rule "mean"',
        });
      }
      return mean(members, weights);
    };
  },
};
