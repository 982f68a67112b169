import { PodiumError, Rng } from '@podium/core';
import type { BatchPosition, BatchSource } from '../batches/index.ts';
import type { HistoryRow } from '../history/index.ts';
import { disposeLosses, keepModes, type Losses } from '../learner/index.ts';
import { Checkpointing, type Resume } from './checkpointing.ts';
import { Emitter, joinHooks } from './emitter.ts';
import type { EndReason } from './events.ts';
import { assertFitSettings, type FitSettings } from './fit-settings.ts';
import { RunProgress } from './run-progress.ts';
import { assertFinite, StepLog } from './step-log.ts';
import type { TrainingTask } from './task.ts';

/** How a run ended. */
export interface FitResult {
  readonly reason: EndReason;
  /** The callback that stopped it. */
  readonly by?: string;
  /** Optimizer steps done, including those from before a resume. */
  readonly steps: number;
  readonly epochs: number;
  readonly history: readonly HistoryRow[];
  /** Folder of the last checkpoint, if checkpoints are kept. */
  readonly checkpoint?: string;
  /** Whether the run is not complete: `fit` with the same settings resumes it from the checkpoint. */
  readonly unfinished: boolean;
}

/**
 * Trains a task until its end, or until something stops it, and disposes of the task. If the store has a checkpoint, the
 * run resumes from it, to the same bits as an unbroken run (with a deterministic engine).
 *
 * @throws PodiumError `training-resume` naming the settings that do not match the checkpoint; `training-not-finite` if a
 *   loss is no longer finite, which leaves earlier checkpoints unchanged; `training-batches-ended`; `training-setting`
 */
export async function fitTask<Batch extends BatchPosition>(
  task: TrainingTask<Batch>,
  settings: FitSettings<Batch>,
  { resume = 'auto' }: { readonly resume?: Resume } = {},
): Promise<FitResult> {
  const run = new Run(task, settings);
  try {
    assertFitSettings(settings, task);
    return await run.fit(resume);
  } finally {
    run.dispose();
  }
}

class Run<Batch extends BatchPosition> {
  readonly #task: TrainingTask<Batch>;
  readonly #settings: FitSettings<Batch>;
  readonly #rng: Rng;
  readonly #progress: RunProgress;
  readonly #emitter: Emitter;
  readonly #checkpoints: Checkpointing<Batch>;
  readonly #steps: StepLog;
  /** Batches whose gradients wait for a step. */
  #gathered: { readonly losses: Losses[]; images: number; last: BatchPosition | undefined } = nothing();

  constructor(task: TrainingTask<Batch>, settings: FitSettings<Batch>) {
    this.#task = task;
    this.#settings = settings;
    this.#rng = Rng.fromSeed(settings.seed);
    this.#progress = new RunProgress(settings);
    this.#emitter = new Emitter(settings, this.#progress, task.model);
    this.#checkpoints = new Checkpointing(task, settings, this.#progress, this.#emitter);
    this.#steps = new StepLog((event) => {
      assertFinite(event, this.#checkpoints.folder);
      this.#progress.addLoss(event.loss);
    });
    const hooks = joinHooks(settings.callbacks ?? []);
    for (const learner of task.learners) learner.hooks = hooks;
  }

  async fit(resume: Resume): Promise<FitResult> {
    const progress = this.#progress;
    const resumed = await this.#checkpoints.resume(resume);
    if (resumed === undefined) for (const learner of this.#task.learners) learner.start();
    await this.#emitter.emit('start', {
      epochs: progress.epochs,
      ...(resumed !== undefined && { resumedFrom: resumed.folder }),
    });
    const source = await this.#settings.batches(resumed?.batches);
    progress.startClock();
    const reason = await this.#train(source);
    await this.#emitSteps({ flush: true });
    await this.#checkpoints.saveEnd(source);
    const by = reason === 'callback' ? this.#emitter.stoppedBy : undefined;
    await this.#emitter.emit('end', { reason, ...(by !== undefined && { by }) });
    return {
      reason,
      ...(by !== undefined && { by }),
      steps: progress.step,
      epochs: progress.epochDone ? progress.epoch + 1 : Math.max(progress.epoch, 0),
      history: progress.history,
      checkpoint: this.#checkpoints.folder,
      unfinished: reason !== 'done',
    };
  }

  dispose(): void {
    this.#steps.dispose();
    for (const losses of this.#gathered.losses) disposeLosses(losses);
    this.#task.dispose();
  }

  async #train(source: BatchSource<Batch>): Promise<EndReason> {
    const { accumulate = 1 } = this.#settings;
    const early = this.#reasonToEnd();
    if (early !== undefined) return early;
    for await (const batch of source) {
      if (this.#progress.startsEpoch(batch)) {
        await this.#endShortEpoch(source);
        await this.#startEpoch(batch);
      }
      this.#gather(batch);
      const endsEpoch = batch.step + 1 >= batch.steps;
      if (this.#gathered.losses.length < accumulate && !endsEpoch) continue;
      this.#step(batch);
      await this.#emitSteps();
      if (endsEpoch) await this.#endEpoch(source);
      else await this.#validateWithinEpoch();
      if (this.#checkpoints.isDue(endsEpoch)) {
        // A loss that is not finite must be found before its weights are saved.
        await this.#emitSteps({ flush: true });
        await this.#checkpoints.save(source);
      }
      const reason = this.#reasonToEnd();
      if (reason !== undefined) return reason;
    }
    await this.#endShortEpoch(source);
    this.#assertComplete();
    return 'done';
  }

  #reasonToEnd(): EndReason | undefined {
    if (this.#emitter.stoppedBy !== undefined) return 'callback';
    if (this.#progress.complete) return 'done';
    if (this.#settings.signal?.aborted === true) return 'signal';
    return this.#progress.stepsReached ? 'steps' : undefined;
  }

  async #startEpoch({ epoch, steps }: BatchPosition): Promise<void> {
    this.#progress.epoch = epoch;
    this.#progress.epochDone = false;
    const share = this.#progress.shareAtEpoch(epoch);
    for (const learner of this.#task.learners) learner.startEpoch(share);
    await this.#emitter.emit('epoch-start', { epoch, batches: steps });
  }

  #gather(batch: Batch): void {
    const { step, mixing } = this.#progress;
    const context = { rng: this.#rng, batch: this.#progress.batch, step, mixing };
    this.#gathered.losses.push(this.#task.addGradients(batch, context));
    this.#gathered.images += this.#task.images(batch);
    this.#gathered.last = batch;
    this.#progress.batch++;
  }

  #step({ epoch, step: batch, steps: batches }: BatchPosition): void {
    const progress = this.#progress;
    const { losses, images } = this.#gathered;
    const { learners } = this.#task;
    const norm = this.#task.step({ step: progress.step, epoch, batches: losses.length });
    progress.step++;
    for (const learner of learners) learner.updateAverage('step', progress.step, epoch);
    const { optimizer } = learners[0];
    progress.learningRate = optimizer.learningRate;
    const facts = {
      step: progress.step,
      epoch,
      batch: batch + 1,
      batches,
      images,
      learningRate: optimizer.learningRate,
      learningRates: optimizer.learningRates(),
    };
    this.#gathered = nothing();
    this.#steps.push(facts, losses, norm);
  }

  /** @param options.flush waits for the device, so that every step so far is emitted */
  async #emitSteps({ flush = false }: { readonly flush?: boolean } = {}): Promise<void> {
    if (flush) this.#steps.flush();
    for (const event of this.#steps.take()) await this.#emitter.emit('step', event);
  }

  /** Ends an epoch whose last batches the source left out because none of their images could be read. */
  async #endShortEpoch(source: BatchSource<Batch>): Promise<void> {
    const { epoch, epochDone } = this.#progress;
    if (epoch < 0 || epochDone) return;
    const { losses, last } = this.#gathered;
    if (losses.length > 0 && last !== undefined) this.#step(last);
    await this.#endEpoch(source);
  }

  async #endEpoch(source: BatchSource<Batch>): Promise<void> {
    await this.#emitSteps({ flush: true });
    const progress = this.#progress;
    const { step, epoch } = progress;
    for (const learner of this.#task.learners) learner.updateAverage('epoch', step, epoch);
    progress.epochDone = true;
    const row = await this.#addRow(this.#validationIsDue(true));
    if (Object.keys(row.metrics).length > 0) await this.#emitter.emit('validation', { row });
    await this.#emitter.emit('epoch-end', { row, batches: source.steps(epoch) });
  }

  async #validateWithinEpoch(): Promise<void> {
    if (!this.#validationIsDue(false)) return;
    await this.#emitter.emit('validation', { row: await this.#addRow(true) });
  }

  #validationIsDue(endsEpoch: boolean): boolean {
    if (this.#settings.validation === undefined) return false;
    const { every = { epochs: 1 } } = this.#settings.validation;
    const { step, epoch, epochs, isLastStep } = this.#progress;
    if (isLastStep) return true;
    if ('steps' in every) return step % every.steps === 0;
    return endsEpoch && ((epoch + 1) % every.epochs === 0 || epoch + 1 === epochs);
  }

  async #addRow(validates: boolean): Promise<HistoryRow> {
    await this.#emitSteps({ flush: true });
    const metrics = validates ? await this.#validate() : {};
    const row = this.#progress.addRow(metrics);
    const observed = metrics[this.#settings.monitor ?? 'loss'];
    if (observed !== undefined)
      for (const { settings } of this.#task.learners) settings.schedule?.observe(observed);
    return row;
  }

  async #validate(): Promise<Record<string, number>> {
    const { validate, learners, model } = this.#task;
    if (this.#settings.validation === undefined || validate === undefined) return {};
    const models = new Set([model, ...learners.map((learner) => learner.model)]);
    return await keepModes([...models], () => validate.call(this.#task));
  }

  #assertComplete(): void {
    const { complete, epochs, epoch, step, maxSteps } = this.#progress;
    if (complete) return;
    const inSteps = !Number.isFinite(epochs);
    throw new PodiumError({
      code: 'training-batches-ended',
      message: 'the batches ended before the run',
      expected: inSteps ? `${maxSteps} steps` : `${epochs} epochs`,
      got: inSteps ? `${step}` : `${epoch + 1}`,
      fix: 'give the loader as many epochs as the run, and at least one full batch',
    });
  }
}

function nothing() {
  return { losses: [] as Losses[], images: 0, last: undefined as BatchPosition | undefined };
}
