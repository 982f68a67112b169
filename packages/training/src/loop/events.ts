import type { Problem } from '@podium/core';
import type { AnyModule } from '@podium/nn';
import type { SettingChange } from '../checkpoints/index.ts';
import type { HistoryRow } from '../history/index.ts';
import type { StepHooks } from '../learner/index.ts';

/** Everything that happens in a run, by name. */
export interface TrainingEvents {
  readonly start: {
    /** Infinity if the run's length is given in steps. */
    readonly epochs: number;
    /** Folder of the checkpoint that the run resumes from. */
    readonly resumedFrom?: string;
  };
  readonly 'epoch-start': { readonly epoch: number; readonly batches: number };
  /** An optimizer step. It is emitted one step late, so that nothing waits for the device. */
  readonly step: {
    /** From 1. */
    readonly step: number;
    readonly epoch: number;
    /** Batches of the epoch that are done, and their total number. */
    readonly batch: number;
    readonly batches: number;
    readonly images: number;
    readonly loss: number;
    /** Further numbers of the task, by name: losses by head if there are several; the share of unlabeled images used. */
    readonly losses: Readonly<Record<string, number>>;
    readonly learningRate: number;
    /** By parameter group. */
    readonly learningRates: ReadonlyMap<string, number>;
    /** Norm of all gradients together, before clipping. */
    readonly gradientNorm: number;
  };
  readonly validation: { readonly row: HistoryRow };
  /** The end of an epoch. Its row has the metrics of the validation, if there was one. */
  readonly 'epoch-end': { readonly row: HistoryRow; readonly batches: number };
  readonly saved: { readonly folder: string; readonly step: number };
  /** Saving failed; the run continues, and earlier checkpoints are unchanged. */
  readonly 'save-failed': { readonly problem: Problem };
  /** A checkpoint is damaged; the one before it is tried. */
  readonly 'checkpoint-damaged': { readonly folder: string; readonly problem: Problem };
  /** A resumed run has other settings than its checkpoint. It continues with the new ones. */
  readonly 'settings-changed': { readonly folder: string; readonly changes: readonly SettingChange[] };
  readonly end: { readonly reason: EndReason; readonly by?: string };
}

export type EventName = keyof TrainingEvents;

/** An event with its name, for listeners to all of them. */
export type TrainingEvent = {
  [Name in EventName]: { readonly type: Name } & TrainingEvents[Name];
}[EventName];

/** Why a run ended: it is complete; it reached `maxSteps`; a callback stopped it; the abort signal. */
export type EndReason = 'done' | 'steps' | 'callback' | 'signal';

/** What a callback may request: end the run after this step, save a checkpoint, mix no more batches. */
export type Signal = 'stop' | 'save' | 'stop-mixing';

/** What a callback may look at. */
export interface TrainingContext {
  /** Optimizer steps done. */
  readonly step: number;
  readonly epoch: number;
  /** Infinity if the run's length is given in steps. */
  readonly epochs: number;
  readonly maxSteps?: number;
  /** Rows so far, including those from before a resume. */
  readonly history: readonly HistoryRow[];
  readonly model: AnyModule;
  readonly mixing: boolean;
  /** Seconds of training, including those from before a resume. */
  readonly seconds: number;
}

type MaybeSignal = Signal | undefined;

/** Listens to events and answers with signals; it changes nothing of the trainer. */
export interface Callback {
  readonly name: string;
  readonly on: {
    readonly [Name in EventName]?: (
      event: TrainingEvents[Name],
      context: TrainingContext,
    ) => MaybeSignal | Promise<MaybeSignal> | undefined;
  };
  /** Functions called in the middle of each step. */
  readonly hooks?: StepHooks;
}
