import { z } from 'zod';
import { commonSettings, defineSchedule } from '../definition.ts';

/** The same learning rate at all times. */
export const constant = defineSchedule({
  name: 'constant',
  summary: 'The same learning rate throughout.',
  settings: z.strictObject(commonSettings),
  create: ({ learningRate }) => ({ at: () => learningRate }),
});
