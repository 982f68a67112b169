import { PodiumError, type Problem, Rng } from '@podium/core';
import { loadStateDict, recompute, stateDict } from '@podium/nn';
import type * as tf from '@tensorflow/tfjs-core';
import type { Progress, TrainingCheckpoint } from '../checkpoints/index.ts';
import { createOptimizer, type Optimizer, parameterGroups } from '../optimizers/index.ts';
import type { BatchSource, TrainingBatch } from './batch.ts';
import type {
  EndReason,
  EventName,
  HistoryRow,
  Signal,
  TrainingContext,
  TrainingEvent,
  TrainingEvents,
} from './events.ts';
import { freezeState, groupsByRate, loadFreezeState } from './freeze-state.ts';
import { LateValues } from './late-values.ts';
import { compareMade, describeChange, madeWith } from './made-with.ts';
import { refreshStatistics } from './refresh-statistics.ts';
import { checkSettings, type TrainerSettings } from './settings.ts';
import { accumulateGradients, optimizerStep } from './train-step.ts';
import { validate } from './validate.ts';

/** How a run ended. */
export interface FitResult {
  readonly reason: EndReason;
  /** The callback that ended it. */
  readonly by?: string;
  /** Optimizer steps done, those of before a resume included. */
  readonly steps: number;
  readonly epochs: number;
  readonly history: readonly HistoryRow[];
  /** The last checkpoint, where checkpoints are kept. */
  readonly checkpoint?: string;
  /** Whether something of the run is left: `fit` with the same settings goes on from the checkpoint. */
  readonly unfinished: boolean;
}

/** Trains one model. */
export interface Trainer {
  /**
   * Trains until the end, or until something stops it. Where the store has a checkpoint the run goes on from it, to the
   * bits that it would have had unbroken (with a deterministic engine).
   *
   * The model holds the trained weights afterwards; those of an average are put into it by `average.swapIn` or `copyTo`.
   *
   * @param resume `auto`, the default: from the last checkpoint, if there is one; `never`; or `must`
   * @throws PodiumError `training-resume` naming the settings that do not go with the checkpoint; `training-not-finite` where the loss is no number any more; checkpoints are then those of before
   */
  fit(options?: { readonly resume?: 'auto' | 'never' | 'must' }): Promise<FitResult>;
}

/** @throws PodiumError where a setting is out of range */
export function createTrainer(settings: TrainerSettings): Trainer {
  checkSettings(settings);
  return {
    fit: async ({ resume = 'auto' } = {}) => {
      const run = new Run(settings);
      try {
        return await run.fit(resume);
      } finally {
        run.dispose();
      }
    },
  };
}

type About = Omit<TrainingEvents['step'], 'loss' | 'losses' | 'gradientNorm'> & { readonly counts: number };

type Place = Pick<TrainingBatch, 'epoch' | 'step' | 'steps'>;

class Run {
  readonly #settings: TrainerSettings;
  readonly #rng: Rng;
  readonly #optimizer: Optimizer;
  readonly #late: LateValues<About>;
  readonly #heads: readonly string[];
  #rates: ReadonlyMap<string, number> | undefined;
  #source: BatchSource | undefined;
  #step = 0;
  #batch = 0;
  #epoch = -1;
  #epochDone = false;
  #lossSum = 0;
  #lossCount = 0;
  #secondsBefore = 0;
  #startedAt = performance.now();
  #mixing = true;
  #history: HistoryRow[] = [];
  /** Batches whose gradients wait for a step, their losses, and their images. */
  #gathered = 0;
  #waiting: tf.Scalar[] = [];
  #images = 0;
  #lastBatch: Place | undefined;
  #learningRate = 0;
  /** Set by signals of callbacks. */
  #stoppedBy: string | undefined;
  #saveAsked = false;
  /** Step events that were read from the device and are still to be told. */
  #read: TrainingEvents['step'][] = [];
  #lastFolder: string | undefined;
  #savedAt = -1;
  readonly #stopRecomputing: () => void;

  constructor(settings: TrainerSettings) {
    this.#settings = settings;
    this.#rng = Rng.fromSeed(settings.seed);
    this.#heads = settings.loss.heads.length > 1 ? settings.loss.heads.map(({ name }) => name) : [];
    settings.model.train();
    this.#optimizer = createOptimizer(settings.optimizer, parameterGroups(settings.model, settings.groups));
    const { recompute: what = false } = settings;
    this.#stopRecomputing =
      what === false ? () => {} : recompute(settings.model, what === true ? undefined : what);
    this.#late = new LateValues((about, values) => this.#takeLosses(about, values));
  }

  async fit(resume: 'auto' | 'never' | 'must'): Promise<FitResult> {
    const { settings, resumedFrom } = { settings: this.#settings, resumedFrom: await this.#resume(resume) };
    await this.#tell('start', {
      epochs: settings.epochs,
      ...(resumedFrom?.folder === undefined ? {} : { resumedFrom: resumedFrom.folder }),
    });
    this.#source = await settings.batches(resumedFrom?.loader);
    this.#startedAt = performance.now();
    const reason = this.#isOver() ? 'done' : await this.#loop(this.#source);
    await this.#settleSteps();
    if (this.#savedAt !== this.#step) await this.#save(true);
    const by = this.#stoppedBy;
    await this.#tell('end', { reason, ...(reason === 'callback' && by !== undefined ? { by } : {}) });
    return {
      reason,
      ...(reason === 'callback' && by !== undefined ? { by } : {}),
      steps: this.#step,
      epochs: this.#epochDone ? this.#epoch + 1 : Math.max(this.#epoch, 0),
      history: this.#history,
      checkpoint: this.#lastFolder,
      unfinished: reason !== 'done',
    };
  }

  dispose(): void {
    this.#stopRecomputing();
    this.#late.dispose();
    for (const tensor of this.#waiting) tensor.dispose();
    this.#optimizer.zeroGrad();
    this.#optimizer.dispose();
  }

  async #loop(source: BatchSource): Promise<EndReason> {
    const { epochs, maxSteps, accumulate = 1, signal } = this.#settings;
    const iterator = source[Symbol.asyncIterator]();
    try {
      for (;;) {
        if (signal?.aborted === true && this.#gathered === 0) return 'signal';
        if (maxSteps !== undefined && this.#step >= maxSteps) return 'steps';
        const next = await iterator.next();
        if (next.done === true) {
          await this.#endEpochEarly();
          this.#checkAllEpochs();
          return 'done';
        }
        const batch = next.value;
        if (batch.epoch !== this.#epoch || this.#epochDone) {
          await this.#endEpochEarly();
          await this.#startEpoch(batch);
        }
        this.#gather(batch);
        const isLast = batch.step + 1 >= batch.steps;
        const stepped = this.#gathered >= accumulate || isLast;
        if (stepped) this.#takeStep(batch);
        await this.#tellSteps();
        if (stepped) await this.#validateBySteps(isLast);
        if (isLast) await this.#endEpoch();
        if (stepped) await this.#saveIfDue(isLast);
        if (this.#stoppedBy !== undefined && stepped) return 'callback';
        if (isLast && batch.epoch + 1 >= epochs) return 'done';
      }
    } finally {
      await iterator.return?.();
    }
  }

  #isOver(): boolean {
    return this.#epochDone && this.#epoch + 1 >= this.#settings.epochs;
  }

  async #startEpoch(batch: TrainingBatch): Promise<void> {
    this.#epoch = batch.epoch;
    this.#epochDone = false;
    const { plan, epochs, model } = this.#settings;
    if (plan !== undefined) this.#regroup(plan(batch.epoch / epochs));
    model.train();
    await this.#tell('epoch-start', { epoch: batch.epoch, batches: batch.steps });
  }

  #regroup(rates: ReadonlyMap<string, number> | undefined): void {
    const groups = parameterGroups(this.#settings.model, this.#settings.groups);
    this.#rates = rates;
    this.#optimizer.setGroups(rates === undefined ? groups : groupsByRate(groups, rates));
  }

  #gather(batch: TrainingBatch): void {
    const settings = this.#mixing ? this.#settings : { ...this.#settings, mixer: undefined };
    const losses = accumulateGradients(settings, batch, this.#rng.split('batch', this.#batch));
    this.#batch++;
    this.#lastBatch = { epoch: batch.epoch, step: batch.step, steps: batch.steps };
    this.#gathered++;
    this.#images += batch.shape[0];
    this.#waiting.push(...losses);
  }

  #takeStep(batch: Place): void {
    const { schedule, scheduleBy = 'step', optimizer, average, model } = this.#settings;
    if (schedule !== undefined) {
      this.#optimizer.learningRate = schedule.at(scheduleBy === 'step' ? this.#step : batch.epoch);
    } else if (optimizer.learningRate !== undefined) {
      this.#optimizer.learningRate = optimizer.learningRate;
    }
    this.#learningRate = this.#optimizer.learningRate;
    const about: About = {
      step: this.#step + 1,
      epoch: batch.epoch,
      batch: batch.step + 1,
      batches: batch.steps,
      images: this.#images,
      learningRate: this.#learningRate,
      learningRates: this.#optimizer.learningRates(),
      counts: this.#gathered,
    };
    const norm = optimizerStep(this.#optimizer, this.#gathered, this.#settings);
    this.#step++;
    if (average !== undefined && average.by !== 'epoch' && batch.epoch >= (average.from ?? 0)) {
      average.weights.update(model, this.#step);
    }
    const tensors = [...this.#waiting, norm];
    this.#waiting = [];
    this.#gathered = 0;
    this.#images = 0;
    this.#late.push(about, tensors);
  }

  #takeLosses({ counts, ...about }: About, values: readonly number[]): void {
    const width = 1 + this.#heads.length;
    const means = Array.from({ length: width }, (_, i) => {
      let sum = 0;
      for (let k = 0; k < counts; k++) sum += values[k * width + i]!;
      return sum / counts;
    });
    const loss = means[0]!;
    const gradientNorm = values.at(-1)!;
    const losses = Object.fromEntries(this.#heads.map((head, i) => [head, means[i + 1]!]));
    const event = { ...about, loss, losses, gradientNorm };
    if (!Number.isFinite(loss) || !Number.isFinite(gradientNorm)) throw notFinite(event, this.#lastFolder);
    this.#lossSum += loss;
    this.#lossCount++;
    this.#read.push(event);
  }

  async #tellSteps(): Promise<void> {
    for (const event of this.#read.splice(0)) await this.#tell('step', event);
  }

  /** Waits for the device, so that all that is known of the steps done is told. */
  async #settleSteps(): Promise<void> {
    this.#late.flush();
    await this.#tellSteps();
  }

  async #validateBySteps(isLast: boolean): Promise<void> {
    const every = this.#settings.validation?.every;
    if (every === undefined || !('steps' in every) || this.#step % every.steps !== 0) return;
    // At an epoch's end it is part of the epoch's row.
    if (isLast) return;
    const row = await this.#row(true);
    await this.#tell('validation', { row });
  }

  /** Ends an epoch whose last batches the loader left out, since none of their images could be read. */
  async #endEpochEarly(): Promise<void> {
    if (this.#epoch < 0 || this.#epochDone) return;
    if (this.#gathered > 0 && this.#lastBatch !== undefined) this.#takeStep(this.#lastBatch);
    await this.#endEpoch();
  }

  async #endEpoch(): Promise<void> {
    await this.#settleSteps();
    const { average, model, validation, epochs } = this.#settings;
    if (average?.by === 'epoch' && this.#epoch >= (average.from ?? 0)) {
      average.weights.update(model, this.#step);
    }
    this.#epochDone = true;
    const every = validation?.every ?? { epochs: 1 };
    const isDue =
      'epochs' in every
        ? (this.#epoch + 1) % every.epochs === 0 || this.#epoch + 1 === epochs
        : this.#step % every.steps === 0;
    const row = await this.#row(validation !== undefined && isDue);
    if (Object.keys(row.metrics).length > 0) await this.#tell('validation', { row });
    await this.#tell('epoch-end', { row, batches: this.#source?.steps(this.#epoch) ?? 0 });
  }

  /** Adds a row to the history. */
  async #row(withValidation: boolean): Promise<HistoryRow> {
    await this.#settleSteps();
    const { schedule, monitor = 'loss' } = this.#settings;
    const metrics = withValidation ? await this.#validate() : {};
    const row: HistoryRow = {
      epoch: this.#epoch,
      step: this.#step,
      learningRate: this.#learningRate,
      ...(this.#lossCount === 0 ? {} : { trainLoss: this.#lossSum / this.#lossCount }),
      metrics,
    };
    this.#lossSum = 0;
    this.#lossCount = 0;
    this.#history = [...this.#history, row];
    const watched = metrics[monitor];
    if (watched !== undefined) schedule?.observe(watched);
    return row;
  }

  async #validate(): Promise<Record<string, number>> {
    const { average, model, validation, normalization, seed } = this.#settings;
    if (validation === undefined) return {};
    const averaged = average !== undefined && average.weights.updates > 0 ? average : undefined;
    averaged?.weights.swapIn(model);
    try {
      if (averaged?.refreshStatistics !== undefined) {
        const options = { seed, normalization };
        await refreshStatistics(model, averaged.refreshStatistics(), options);
      }
      return await validate(this.#settings, validation);
    } finally {
      averaged?.weights.swapOut(model);
    }
  }

  async #saveIfDue(isLast: boolean): Promise<void> {
    const every = this.#settings.saveEvery ?? { epochs: 1 };
    const isDue =
      every !== 'on-request' &&
      ('steps' in every ? this.#step % every.steps === 0 : isLast && (this.#epoch + 1) % every.epochs === 0);
    if (!isDue && !this.#saveAsked) return;
    this.#saveAsked = false;
    await this.#save(false);
  }

  /** @param must whether a failure ends the run */
  async #save(must: boolean): Promise<void> {
    const store = this.#settings.checkpoints;
    if (store === undefined || this.#source === undefined) return;
    // A loss that is no number must be found before its weights are saved.
    await this.#settleSteps();
    try {
      this.#lastFolder = await store.save(this.#checkpoint(this.#source));
    } catch (error) {
      if (must || !(error instanceof PodiumError)) throw error;
      await this.#tell('save-failed', { problem: error.problem });
      return;
    }
    this.#savedAt = this.#step;
    await this.#tell('saved', { folder: this.#lastFolder, step: this.#step });
  }

  #checkpoint(source: BatchSource): TrainingCheckpoint {
    const { model, average, schedule, seed } = this.#settings;
    const progress: Progress = {
      step: this.#step,
      batch: this.#batch,
      epoch: this.#epoch,
      epochDone: this.#epochDone,
      lossSum: this.#lossSum,
      lossCount: this.#lossCount,
      seconds: this.#seconds(),
      mixing: this.#mixing,
      seed,
      history: this.#history,
    };
    return {
      weights: stateDict(model),
      optimizer: this.#optimizer.state(),
      ...(average === undefined ? {} : { average: average.weights.state() }),
      ...(schedule === undefined ? {} : { schedule: schedule.state() }),
      loader: source.state(),
      freeze: freezeState(model),
      madeWith: madeWith(this.#settings),
      ...(this.#rates === undefined ? {} : { rates: Object.fromEntries(this.#rates) }),
      progress,
    };
  }

  async #resume(how: 'auto' | 'never' | 'must'): Promise<{ folder: string; loader: unknown } | undefined> {
    const store = this.#settings.checkpoints;
    const damaged: [string, Problem][] = [];
    const found =
      how === 'never'
        ? undefined
        : await store?.loadLast((folder, problem) => damaged.push([folder, problem]));
    for (const [folder, problem] of damaged) await this.#tell('checkpoint-damaged', { folder, problem });
    if (found === undefined) {
      if (how !== 'must') return undefined;
      throw new PodiumError({
        code: 'training-no-checkpoint',
        ...(store === undefined ? {} : { path: { file: store.folder } }),
        message: 'there is no checkpoint to go on from',
        fix: 'start the run, or name the folder of its checkpoints',
      });
    }
    const { checkpoint, folder } = found;
    const { progress } = checkpoint;
    const { model, average, schedule, seed } = this.#settings;
    if (progress.seed !== seed) {
      throw new PodiumError({
        code: 'training-resume',
        path: { file: folder },
        message: 'the checkpoint is of a run with another seed',
        expected: JSON.stringify(progress.seed),
        got: JSON.stringify(seed),
        fix: 'use the seed of the run, or another folder for checkpoints',
      });
    }
    await this.#compareSettings(checkpoint, folder);
    loadStateDict(model, checkpoint.weights);
    loadFreezeState(model, checkpoint.freeze);
    this.#regroup(checkpoint.rates === undefined ? undefined : new Map(Object.entries(checkpoint.rates)));
    this.#optimizer.loadState(checkpoint.optimizer);
    if (checkpoint.average !== undefined) average?.weights.loadState(checkpoint.average, model);
    if (checkpoint.schedule !== undefined) schedule?.loadState(checkpoint.schedule);
    this.#step = progress.step;
    this.#batch = progress.batch;
    this.#epoch = progress.epoch;
    this.#epochDone = progress.epochDone;
    this.#lossSum = progress.lossSum;
    this.#lossCount = progress.lossCount;
    this.#secondsBefore = progress.seconds;
    this.#mixing = progress.mixing;
    this.#history = progress.history.map(withoutNulls);
    this.#learningRate = checkpoint.optimizer.numbers.learningRate;
    this.#lastFolder = folder;
    this.#savedAt = progress.step;
    return { folder, loader: checkpoint.loader };
  }

  /** Names what the run has different from the one that its checkpoint is of. */
  async #compareSettings({ madeWith: before }: TrainingCheckpoint, folder: string): Promise<void> {
    if (before === undefined) return;
    const { refused, changed } = compareMade(before, madeWith(this.#settings));
    if (refused.length > 0) {
      throw new PodiumError({
        code: 'training-resume',
        path: { file: folder },
        message: 'the checkpoint is of a run that this one cannot go on from',
        expected: 'the same heads, kind of optimizer and schedule, and groups of parameters',
        got: refused.map(describeChange).join('; '),
        fix: 'restore these settings, or use another folder for checkpoints',
      });
    }
    if (changed.length > 0) await this.#tell('settings-changed', { folder, changes: changed });
  }

  #checkAllEpochs(): void {
    const { epochs } = this.#settings;
    if (this.#epoch + 1 >= epochs) return;
    throw new PodiumError({
      code: 'training-batches-ended',
      message: 'the batches ended before the run',
      expected: `${epochs} epochs`,
      got: `${this.#epoch + 1}`,
      fix: 'give the loader as many epochs as the trainer, and at least one full batch',
    });
  }

  #seconds(): number {
    return this.#secondsBefore + (performance.now() - this.#startedAt) / 1000;
  }

  #context(): TrainingContext {
    return {
      step: this.#step,
      epoch: this.#epoch,
      epochs: this.#settings.epochs,
      history: this.#history,
      model: this.#settings.model,
      mixing: this.#mixing,
      seconds: this.#seconds(),
    };
  }

  async #tell<Name extends EventName>(type: Name, event: TrainingEvents[Name]): Promise<void> {
    this.#settings.onEvent?.({ type, ...event } as unknown as TrainingEvent);
    for (const callback of this.#settings.callbacks ?? []) {
      const hear = callback.on[type];
      if (hear === undefined) continue;
      this.#obey(await hear(event, this.#context()), callback.name);
    }
  }

  #obey(signal: Signal | undefined, name: string): void {
    if (signal === 'stop') this.#stoppedBy ??= name;
    if (signal === 'save') this.#saveAsked = true;
    if (signal === 'stop-mixing') this.#mixing = false;
  }
}

/** JSON has no NaN. */
function withoutNulls(row: HistoryRow): HistoryRow {
  const metrics = Object.entries(row.metrics).map(([name, value]) => [name, value ?? Number.NaN] as const);
  return { ...row, metrics: Object.fromEntries(metrics) };
}

function notFinite(
  { step, epoch, loss, learningRate, gradientNorm }: TrainingEvents['step'],
  checkpoint: string | undefined,
): PodiumError {
  return new PodiumError({
    code: 'training-not-finite',
    message:
      `step ${step} (epoch ${epoch}) went beyond finite numbers: loss ${loss}, gradient norm ${gradientNorm}, ` +
      `learning rate ${learningRate}`,
    fix:
      'try a learning rate ten times lower, a warm-up, clipping by norm (clipNorm: 1), or float32; and check that the ' +
      `inputs are finite. ${checkpoint === undefined ? 'No checkpoint was written' : `The last good checkpoint is ${checkpoint}`}`,
  });
}
