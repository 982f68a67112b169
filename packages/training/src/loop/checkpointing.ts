import { PodiumError, type Problem } from '@podium/core';
import type { BatchPosition, BatchSource } from '../batches/index.ts';
import {
  compareConfigs,
  configSnapshot,
  describeChange,
  type TrainingCheckpoint,
} from '../checkpoints/index.ts';
import type { Emitter } from './emitter.ts';
import type { FitSettings } from './fit-settings.ts';
import type { RunProgress } from './run-progress.ts';
import type { TrainingTask } from './task.ts';

/** Whether a run resumes: `auto` from the last checkpoint, if there is one; `never`; or `must`. */
export type Resume = 'auto' | 'never' | 'must';

/** Saves the checkpoints of a run, and resumes it from the last one. */
export class Checkpointing<Batch extends BatchPosition> {
  /** Folder of the last checkpoint. */
  folder: string | undefined;
  readonly #task: TrainingTask<Batch>;
  readonly #settings: FitSettings<Batch>;
  readonly #progress: RunProgress;
  readonly #emitter: Emitter;
  #savedAt = -1;

  constructor(
    task: TrainingTask<Batch>,
    settings: FitSettings<Batch>,
    progress: RunProgress,
    emitter: Emitter,
  ) {
    this.#task = task;
    this.#settings = settings;
    this.#progress = progress;
    this.#emitter = emitter;
  }

  /** Loads the last checkpoint. @returns the state of its batches, or undefined for a new run */
  async resume(resume: Resume): Promise<{ readonly folder: string; readonly batches: unknown } | undefined> {
    const found = await this.#loadLast(resume);
    if (found === undefined) return undefined;
    const { checkpoint, folder } = found;
    await this.#assertSameRun(checkpoint, folder);
    const [learner, ...others] = this.#task.learners;
    learner.loadState(checkpoint);
    for (const other of others) {
      const state = checkpoint.learners?.[other.name];
      if (state === undefined) throw incomplete(folder, `the learner "${other.name}"`);
      other.loadState(state);
    }
    if (this.#task.loadState !== undefined) {
      if (checkpoint.task === undefined) throw incomplete(folder, `the state of ${this.#task.name}`);
      this.#task.loadState(checkpoint.task);
    }
    this.#progress.loadState(checkpoint.progress);
    this.#progress.learningRate = checkpoint.optimizer.numbers.learningRate;
    this.folder = folder;
    this.#savedAt = checkpoint.progress.step;
    return { folder, batches: checkpoint.loader };
  }

  /** After a step: whether a checkpoint is due. */
  isDue(endsEpoch: boolean): boolean {
    const { saveEvery = { epochs: 1 } } = this.#settings;
    if (this.#emitter.saveRequested) return true;
    if (saveEvery === 'on-request') return false;
    const { step, epoch } = this.#progress;
    return 'steps' in saveEvery
      ? step % saveEvery.steps === 0
      : endsEpoch && (epoch + 1) % saveEvery.epochs === 0;
  }

  /** Saves; a failure is only an event, and the run continues. Every loss up to here has been read. */
  async save(source: BatchSource<Batch>): Promise<void> {
    this.#emitter.saveRequested = false;
    try {
      await this.#write(source);
    } catch (error) {
      if (!(error instanceof PodiumError)) throw error;
      await this.#emitter.emit('save-failed', { problem: error.problem });
    }
  }

  /** Saves the end of a run, unless its last step is saved; a failure ends the run. */
  async saveEnd(source: BatchSource<Batch>): Promise<void> {
    if (this.#savedAt !== this.#progress.step) await this.#write(source);
  }

  async #write(source: BatchSource<Batch>): Promise<void> {
    const { checkpoints } = this.#settings;
    if (checkpoints === undefined) return;
    this.folder = await checkpoints.save(this.#checkpoint(source));
    this.#savedAt = this.#progress.step;
    await this.#emitter.emit('saved', { folder: this.folder, step: this.#savedAt });
  }

  #checkpoint(source: BatchSource<Batch>): TrainingCheckpoint {
    const [learner, ...others] = this.#task.learners;
    const task = this.#task.state?.();
    return {
      ...learner.state(),
      ...(others.length > 0 && {
        learners: Object.fromEntries(others.map((other) => [other.name, other.state()])),
      }),
      ...(task !== undefined && { task }),
      loader: source.state(),
      config: this.#config(),
      progress: this.#progress.state(),
    };
  }

  #config() {
    const { epochs, accumulate } = this.#settings;
    return configSnapshot({ task: this.#task.name, epochs, accumulate, ...this.#task.config() });
  }

  async #loadLast(resume: Resume) {
    const store = this.#settings.checkpoints;
    const damaged: { readonly folder: string; readonly problem: Problem }[] = [];
    const found =
      resume === 'never'
        ? undefined
        : await store?.loadLast((folder, problem) => damaged.push({ folder, problem }));
    for (const event of damaged) await this.#emitter.emit('checkpoint-damaged', event);
    if (found !== undefined || resume !== 'must') return found;
    throw new PodiumError({
      code: 'training-no-checkpoint',
      ...(store !== undefined && { path: { file: store.folder } }),
      message: 'there is no checkpoint to resume from',
      fix: 'start the run, or name the folder of its checkpoints',
    });
  }

  /** Names the settings that differ from those of the checkpoint. */
  async #assertSameRun({ config, progress }: TrainingCheckpoint, folder: string): Promise<void> {
    const { seed } = this.#settings;
    if (progress.seed !== seed) {
      throw new PodiumError({
        code: 'training-resume',
        path: { file: folder },
        message: 'the checkpoint belongs to a run with another seed',
        expected: JSON.stringify(progress.seed),
        got: JSON.stringify(seed),
        fix: 'use the seed of the run, or another folder for checkpoints',
      });
    }
    if (config === undefined) return;
    const { rejected, changed } = compareConfigs(config, this.#config());
    if (rejected.length > 0) {
      throw new PodiumError({
        code: 'training-resume',
        path: { file: folder },
        message: 'the checkpoint belongs to a run that this one cannot resume',
        expected: 'the same task, heads, kinds of optimizer and schedule, and groups of parameters',
        got: rejected.map(describeChange).join('; '),
        fix: 'restore these settings, or use another folder for checkpoints',
      });
    }
    if (changed.length > 0) await this.#emitter.emit('settings-changed', { folder, changes: changed });
  }
}

function incomplete(folder: string, expected: string): PodiumError {
  return new PodiumError({
    code: 'training-resume',
    path: { file: folder },
    message: 'the checkpoint belongs to another kind of run',
    expected,
    got: 'nothing',
    fix: 'use another folder for checkpoints',
  });
}
