import { fail } from '@podium/core';
import { z } from 'zod';
import { type BlendRule, ruleSettings } from '../rule.ts';
import { mean } from './mean.ts';

const settings = z.strictObject({
  weights: z.array(z.number()).optional().describe('One weight per member, of which only the ratios matter.'),
});

export const entry: BlendRule = {
  name: 'weighted-mean',
  summary: 'Arithmetic mean of probabilities, or of numbers, with given weights: { weights: [2, 1, 1] }.',
  settings,
  parse: (given) => {
    const fixed = ruleSettings('weighted-mean', settings, given).weights;
    return (members, weights = fixed) => {
      if (weights === undefined) {
        fail({
          code: 'ensemble-weights',
          path: { key: 'weights' },
          expected: `one number per member, ${members.length}`,
          got: 'none',
          fix: 'set weights, or use the rule "mean"',
        });
      }
      return mean(members, weights);
    };
  },
};
