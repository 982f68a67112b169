import type { UpdateRule } from '@podium/engine';
import { z } from 'zod';

/** Numbers that an optimizer keeps per parameter, beside its slots. */
export interface ParameterNumbers {
  /** Steps that have changed the parameter; steps without a gradient do not count. */
  steps: number;
  /** NAdam: product of all momentum coefficients so far. */
  muProduct?: number;
}

/** An optimizer with its settings: how one step changes one parameter. */
export interface Update {
  /** Names of the running averages kept per parameter, as in PyTorch's `state`, in the rule's order. */
  readonly slots: readonly string[];
  /** The rule's numbers for one step. `numbers.steps` includes this step; `numbers` may be modified. */
  readonly row: (learningRate: number, numbers: ParameterNumbers) => Readonly<Record<string, number>>;
  /** Norm that all gradients together are clipped to, in addition to the trainer's clipping. LAMB has one. */
  readonly clipNorm?: number;
}

export const learningRate = (value: number) =>
  z.number().min(0).default(value).describe('step size; a schedule replaces it');

export const weightDecay = (value: number) =>
  z.number().min(0).default(value).describe('pulls weights toward zero');

const decay = z.number().min(0).lt(1);

export const betas = (beta1: number, beta2: number) =>
  z
    .tuple([decay, decay], { error: 'a list of 2 numbers, each >= 0 and < 1' })
    .default([beta1, beta2])
    .describe('decay of the running averages of gradients and of their squares');

export const epsilon = (value: number) =>
  z.number().min(0).default(value).describe('added to the denominator for numerical stability');

export const decoupledWeightDecay = () =>
  z
    .boolean()
    .default(false)
    .describe('apply weight decay to the weights, as AdamW does, instead of to the gradient');

/** Settings of every optimizer; each has its own defaults. */
export type CommonShape = {
  readonly learningRate: ReturnType<typeof learningRate>;
  readonly weightDecay: ReturnType<typeof weightDecay>;
};

/** An optimizer as data and arithmetic; `createOptimizer` adds groups, clipping and state. */
export interface OptimizerDefinition<
  Name extends string = string,
  Settings extends z.ZodObject<CommonShape> = z.ZodObject<CommonShape>,
> {
  readonly name: Name;
  /** One line for a catalog. */
  readonly summary: string;
  /** Settings with their defaults, which are the reference's. */
  readonly settings: Settings;
  readonly rule: UpdateRule;
  create(settings: z.output<Settings>): Update;
}

/** Types a definition by its name and settings. */
export function defineOptimizer<const Name extends string, Settings extends z.ZodObject<CommonShape>>(
  definition: OptimizerDefinition<Name, Settings>,
): OptimizerDefinition<Name, Settings> {
  return definition;
}
