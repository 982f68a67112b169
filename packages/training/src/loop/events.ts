import type { Problem } from '@podium/core';
import type { AnyModule } from '@podium/nn';
import type { SettingChange } from './made-with.ts';

/** What is known after an epoch, or wherever there was a validation. */
export interface HistoryRow {
  /** From 0. */
  readonly epoch: number;
  /** Optimizer steps done. */
  readonly step: number;
  readonly learningRate: number;
  /** Mean over the batches since the row before; absent where none was read. */
  readonly trainLoss?: number;
  /** Of a validation: `loss`, `loss/HEAD` where there are several heads, and the metrics by name. */
  readonly metrics: Readonly<Record<string, number>>;
}

/** Everything that happens in a run, by name. */
export interface TrainingEvents {
  readonly start: {
    readonly epochs: number;
    /** Folder of the checkpoint that the run goes on from. */
    readonly resumedFrom?: string;
  };
  readonly 'epoch-start': { readonly epoch: number; readonly batches: number };
  /** An optimizer step. It is told one step late, so that the device need not be waited for. */
  readonly step: {
    /** From 1. */
    readonly step: number;
    readonly epoch: number;
    /** Batches of the epoch done, and how many there are. */
    readonly batch: number;
    readonly batches: number;
    readonly images: number;
    readonly loss: number;
    /** Where there are several heads. */
    readonly losses: Readonly<Record<string, number>>;
    readonly learningRate: number;
    /** By parameter group. */
    readonly learningRates: ReadonlyMap<string, number>;
    /** Of all gradients together, before clipping. */
    readonly gradientNorm: number;
  };
  readonly validation: { readonly row: HistoryRow };
  /** An epoch ended; its row has the metrics of the validation, if there was one. */
  readonly 'epoch-end': { readonly row: HistoryRow; readonly batches: number };
  readonly saved: { readonly folder: string; readonly step: number };
  /** The run goes on, and its older checkpoints are as they were. */
  readonly 'save-failed': { readonly problem: Problem };
  /** A checkpoint was not whole, and the one before it is tried. */
  readonly 'checkpoint-damaged': { readonly folder: string; readonly problem: Problem };
  /** A resumed run has other settings than its checkpoint was made with; it goes on with those that it has now. */
  readonly 'settings-changed': { readonly folder: string; readonly changes: readonly SettingChange[] };
  readonly end: { readonly reason: EndReason; readonly by?: string };
}

export type EventName = keyof TrainingEvents;

/** One event with its name, for those who hear all of them. */
export type TrainingEvent = {
  [Name in EventName]: { readonly type: Name } & TrainingEvents[Name];
}[EventName];

/** Why a run ended: all epochs, the most steps that were asked for, a callback, the abort signal. */
export type EndReason = 'done' | 'steps' | 'callback' | 'signal';

/** What a callback may ask for: end the run after this step, save a checkpoint, mix no batches from now on. */
export type Signal = 'stop' | 'save' | 'stop-mixing';

/** What a callback may look at. */
export interface TrainingContext {
  /** Optimizer steps done. */
  readonly step: number;
  readonly epoch: number;
  readonly epochs: number;
  /** Rows so far, those of before a resume included. */
  readonly history: readonly HistoryRow[];
  readonly model: AnyModule;
  readonly mixing: boolean;
  /** Seconds of training, those of before a resume included. */
  readonly seconds: number;
}

type Answer = Signal | undefined;

/** Hears of events and answers with signals; it changes nothing of the trainer. */
export interface Callback {
  readonly name: string;
  readonly on: {
    readonly [Name in EventName]?: (
      event: TrainingEvents[Name],
      context: TrainingContext,
    ) => Answer | Promise<Answer> | undefined;
  };
}
