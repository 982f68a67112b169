import { number, required } from '../settings.ts';
import type { ScheduleDefinition } from './definition.ts';

interface ConstantSettings {
  readonly learningRate: number;
}

/** The same learning rate all the time. */
export const constant: ScheduleDefinition<'constant', ConstantSettings> = {
  name: 'constant',
  settings: { learningRate: required(number(0, { from: 0 })) },
  create: ({ learningRate }) => ({ at: () => learningRate }),
};
