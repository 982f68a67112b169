import { defineConfig } from '@podium/competition';

export default defineConfig({
  competition: 'masks-own-stage',
  data: { folder: '../../data/masks', options: { heads: 'both' } },
  heads: { combine: { into: 'class', from: ['mask', 'gender', 'age'] }, sameInGroup: ['gender', 'age'] },
  preset: 'fast',
  folds: { count: 3 },
  models: [{ model: 'small-net', imageSize: 48, epochs: 12 }],
  postprocess: [
    {
      module: 'weigh-classes.ts',
      export: 'weighClasses',
      // The classes of people of 60 and over, of whom there are few.
      settings: { head: 'class', weights: { '2': 2, '5': 2, '8': 2, '11': 2, '14': 2, '17': 2 } },
    },
  ],
});
