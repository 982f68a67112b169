import type { BatchPosition } from '../batches/index.ts';
import type { Progress } from '../checkpoints/index.ts';
import type { HistoryRow } from '../history/index.ts';

type Length = { readonly epochs?: number; readonly maxSteps?: number; readonly seed: string | number };

/** How far a run is: every counter that lasts from step to step. */
export class RunProgress {
  /** Optimizer steps done. */
  step = 0;
  /** Batches done. */
  batch = 0;
  /** Of the last batch; -1 before the first. */
  epoch = -1;
  /** Whether this epoch is complete, with its validation. */
  epochDone = false;
  /** Of the last step. */
  learningRate = 0;
  /** False once a callback has stopped mixing. */
  mixing = true;
  readonly history: HistoryRow[] = [];
  readonly epochs: number;
  readonly maxSteps: number | undefined;
  readonly #seed: string | number;
  #lossSum = 0;
  #lossCount = 0;
  #secondsBefore = 0;
  #startedAt = performance.now();

  constructor({ epochs = Number.POSITIVE_INFINITY, maxSteps, seed }: Length) {
    this.epochs = epochs;
    this.maxSteps = maxSteps;
    this.#seed = seed;
  }

  /** Whether all of it is trained: all epochs, or all steps of a run whose length is given in steps. */
  get complete(): boolean {
    return (this.epochDone && this.epoch + 1 >= this.epochs) || this.isLastStep;
  }

  /** Whether the last step is done of a run whose length is given in steps. */
  get isLastStep(): boolean {
    return this.epochs === Number.POSITIVE_INFINITY && this.stepsReached;
  }

  get stepsReached(): boolean {
    return this.maxSteps !== undefined && this.step >= this.maxSteps;
  }

  /** Seconds of training, including those from before a resume. */
  get seconds(): number {
    return this.#secondsBefore + (performance.now() - this.#startedAt) / 1000;
  }

  startClock(): void {
    this.#startedAt = performance.now();
  }

  /** Whether a batch belongs to another epoch than the one under way. */
  startsEpoch({ epoch }: BatchPosition): boolean {
    return epoch !== this.epoch || this.epochDone;
  }

  /** Part of the run that is done when an epoch starts, in [0,1). */
  shareAtEpoch(epoch: number): number {
    return this.epochs === Number.POSITIVE_INFINITY ? this.step / this.maxSteps! : epoch / this.epochs;
  }

  addLoss(loss: number): void {
    this.#lossSum += loss;
    this.#lossCount++;
  }

  /** Adds a row to the history, with the mean loss since the previous one. */
  addRow(metrics: Readonly<Record<string, number>>): HistoryRow {
    const row: HistoryRow = {
      epoch: this.epoch,
      step: this.step,
      learningRate: this.learningRate,
      ...(this.#lossCount > 0 && { trainLoss: this.#lossSum / this.#lossCount }),
      metrics,
    };
    this.#lossSum = 0;
    this.#lossCount = 0;
    this.history.push(row);
    return row;
  }

  /** For a checkpoint. */
  state(): Progress {
    return {
      step: this.step,
      batch: this.batch,
      epoch: this.epoch,
      epochDone: this.epochDone,
      lossSum: this.#lossSum,
      lossCount: this.#lossCount,
      seconds: this.seconds,
      mixing: this.mixing,
      seed: this.#seed,
      history: this.history,
    };
  }

  loadState(state: Progress): void {
    this.step = state.step;
    this.batch = state.batch;
    this.epoch = state.epoch;
    this.epochDone = state.epochDone;
    this.#lossSum = state.lossSum;
    this.#lossCount = state.lossCount;
    this.#secondsBefore = state.seconds;
    this.mixing = state.mixing;
    this.history.length = 0;
    for (const row of state.history) this.history.push(withoutNulls(row));
  }
}

/** JSON has no NaN. */
function withoutNulls(row: HistoryRow): HistoryRow {
  const metrics = Object.entries(row.metrics).map(([name, value]) => [name, value ?? Number.NaN] as const);
  return { ...row, metrics: Object.fromEntries(metrics) };
}
