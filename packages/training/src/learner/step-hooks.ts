import type { AnyModule } from '@podium/nn';
import type { Optimizer } from '../optimizers/index.ts';
import type { Losses } from './losses.ts';

/** What a hook gets. */
export interface StepHookEvent {
  /** Which of the task's models: `model`; `student` or `teacher` in semi-supervised learning. */
  readonly learner: string;
  readonly model: AnyModule;
  readonly optimizer: Optimizer;
}

/**
 * Functions called in the middle of a step, to inspect it. They are synchronous, and run for every learner of the task;
 * reading a value waits for the device. To act on what they see, a callback returns a signal at the next event.
 */
export interface StepHooks {
  /** Before the model is called on a batch. */
  readonly beforeForward?: (event: StepHookEvent) => void;
  /** After the forward pass, before the backward pass. The losses are disposed of by the loop. */
  readonly afterForward?: (event: StepHookEvent & { readonly losses: Losses }) => void;
  /** After the backward pass of a batch: gradients are in `parameter.grad`, added up over the batches of a step. */
  readonly afterBackward?: (event: StepHookEvent) => void;
  /** Before the optimizer step: the gradients are complete, the learning rate is set. */
  readonly beforeStep?: (event: StepHookEvent) => void;
  /** After the optimizer step. The gradients are gone. */
  readonly afterStep?: (event: StepHookEvent) => void;
}
