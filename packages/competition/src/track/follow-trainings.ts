import { PodiumError, readText, renderProblem } from '@podium/core';
import { readManifest } from '@podium/dataset';
import { readSafetensors } from '@podium/nn/checkpoint-files';
import type { InstanceReport, Progress, RunEvent } from '@podium/pipeline';
import type { Ending, Tracker, Training, TrainingLog } from '@podium/trackers';
import { readHeads } from '../artifacts/head-predictions.ts';
import type { CompetitionEvent } from '../events.ts';
import { isRow, pointsOfHistory } from './history-points.ts';
import { type Mistakes, mistakesOf } from './mistakes.ts';

/** Hands what trainings report to trackers. */
export interface TrainingFollower {
  readonly onEvent: (event: CompetitionEvent) => void;
  /** Ends the records of trainings that were stopped, and waits for what is being written. */
  close(): Promise<void>;
}

/**
 * Follows the trainings of a run by its events. A training that is taken from the store gets a record, too, if a tracker has
 * none. Nothing here changes the run: a tracker that fails is told once, and the run continues without it.
 * @param options.root folder of the competition's images
 * @param options.onWarning called once per tracker that fails
 */
export function followTrainings(
  trackers: readonly Tracker[],
  options: {
    readonly competition: string;
    readonly root: string;
    readonly onWarning: (message: string) => void;
  },
): TrainingFollower {
  const recorders = trackers.map((tracker) => new Recorder(tracker, options.onWarning));
  const followed = new Map<string, Followed>();
  /** Keys of trainings whose results were looked at. */
  const done = new Set<string>();
  let manifest: string | undefined;
  const each = (action: (recorder: Recorder) => Promise<void>): void => {
    for (const recorder of recorders) recorder.enqueue(() => action(recorder));
  };
  const end = (name: string, ending: Ending): void => {
    const given = followed.get(name);
    followed.delete(name);
    if (given?.training !== undefined) each((recorder) => recorder.close(given.training!, ending));
  };
  const onStage = (event: RunEvent): void => {
    if (event.type === 'started') {
      end(event.name, 'failed');
      const { name, key } = event;
      const settings = event.settings as Training['settings'];
      followed.set(name, { name, key, settings, training: undefined, rows: 0 });
    } else if (event.type === 'progress') {
      const given = followed.get(event.name);
      const points = event.progress.points ?? [];
      if (given === undefined || points.length === 0) return;
      given.training ??= trainingOf(given, options.competition, event.progress);
      given.rows += points.filter(isRow).length;
      const { training } = given;
      each((recorder) => recorder.addPoints(training, points));
    } else if (event.type === 'finished') onFinished(event.report);
  };
  const onFinished = (report: InstanceReport): void => {
    const { name, key, status, outputs, parts } = report;
    if (outputs === undefined) {
      end(name, status === 'failed' ? 'failed' : 'stopped');
      return;
    }
    // The rows of the competition: images of mistakes come from there.
    if (name === 'data') manifest = outputs.train;
    const given = followed.get(name);
    followed.delete(name);
    if ((given?.training === undefined && outputs.history === undefined) || done.has(key)) return;
    done.add(key);
    const training =
      given?.training ??
      trainingOf(
        { name, key, settings: parts.settings as Training['settings'] },
        options.competition,
        undefined,
      );
    const results = new Results(outputs, { manifest, root: options.root, rows: given?.rows ?? 0 });
    each(async (recorder) => {
      if (status === 'cached' && (await recorder.tracker.has(training))) return;
      await recorder.finish(training, results);
    });
  };
  return {
    onEvent: (event) => {
      if (event.type === 'stage') onStage(event.event);
    },
    close: async () => {
      for (const name of [...followed.keys()]) end(name, 'stopped');
      await Promise.all(recorders.map((recorder) => recorder.settled()));
    },
  };
}

/** A stage that runs; a training as soon as it reports points. */
interface Followed extends Pick<Training, 'name' | 'key' | 'settings'> {
  training: Training | undefined;
  /** Rows of its history that were reported. */
  rows: number;
}

function trainingOf(
  { name, key, settings }: Pick<Training, 'name' | 'key' | 'settings'>,
  competition: string,
  progress: Progress | undefined,
): Training {
  return { name, key, competition, settings, step: progress?.resumedFrom ?? 0 };
}

/** What a training left behind, read once for all trackers. */
class Results {
  readonly #outputs: Readonly<Record<string, string>>;
  readonly #manifest: string | undefined;
  readonly #root: string;
  readonly #rows: number;
  #points: Promise<Progress['points'] & object> | undefined;
  #mistakes: Promise<readonly Mistakes[]> | undefined;
  #weights: Promise<Readonly<Record<string, ArrayLike<number>>>> | undefined;

  constructor(
    outputs: Readonly<Record<string, string>>,
    given: { readonly manifest: string | undefined; readonly root: string; readonly rows: number },
  ) {
    this.#outputs = outputs;
    this.#manifest = given.manifest;
    this.#root = given.root;
    this.#rows = given.rows;
  }

  /** The whole history. */
  get points(): Promise<Progress['points'] & object> {
    const { history } = this.#outputs;
    this.#points ??= history === undefined ? Promise.resolve([]) : readText(history).then(pointsOfHistory);
    return this.#points;
  }

  /** The rows that were not reported while it trained. */
  async missing(): Promise<Progress['points'] & object> {
    return (await this.points).slice(this.#rows);
  }

  get mistakes(): Promise<readonly Mistakes[]> {
    this.#mistakes ??= this.#readMistakes();
    return this.#mistakes;
  }

  /** By layer, of what has several values. */
  get weights(): Promise<Readonly<Record<string, ArrayLike<number>>>> {
    const { weights } = this.#outputs;
    this.#weights ??= weights === undefined ? Promise.resolve({}) : readWeights(weights);
    return this.#weights;
  }

  async #readMistakes(): Promise<readonly Mistakes[]> {
    const { oof } = this.#outputs;
    if (oof === undefined || this.#manifest === undefined) return [];
    const { rows } = await readManifest(this.#manifest);
    return await mistakesOf(await readHeads(oof), new Map(rows.map((row) => [row.id, row])), this.#root);
  }
}

async function readWeights(file: string): Promise<Record<string, ArrayLike<number>>> {
  const { tensors } = await readSafetensors(file);
  return Object.fromEntries(
    [...tensors].flatMap(([name, { dtype, data }]) =>
      dtype === 'float32' && data.length > 1 ? [[`weights/${name}`, data as ArrayLike<number>] as const] : [],
    ),
  );
}

/** One tracker: its records are written one after the other, until it fails. */
class Recorder {
  readonly tracker: Tracker;
  readonly #onWarning: (message: string) => void;
  readonly #logs = new Map<string, TrainingLog>();
  #queue: Promise<void> = Promise.resolve();
  #isOff = false;

  constructor(tracker: Tracker, onWarning: (message: string) => void) {
    this.tracker = tracker;
    this.#onWarning = onWarning;
  }

  enqueue(action: () => Promise<void>): void {
    this.#queue = this.#queue.then(async () => {
      if (this.#isOff) return;
      try {
        await action();
      } catch (error) {
        this.#isOff = true;
        const why =
          error instanceof PodiumError ? renderProblem(error.problem) : String((error as Error).message);
        this.#onWarning(
          `the tracker ${this.tracker.name} failed and records nothing more of this run, which continues: ${why}`,
        );
      }
    });
  }

  settled(): Promise<void> {
    return this.#queue;
  }

  async addPoints(training: Training, points: Progress['points'] & object): Promise<void> {
    await (await this.#open(training)).addPoints(points);
  }

  async finish(training: Training, results: Results): Promise<void> {
    const log = await this.#open(training);
    const missing = await results.missing();
    if (missing.length > 0) await log.addPoints(missing);
    const step = (await results.points).at(-1)?.step ?? training.step;
    for (const { tag, images } of await results.mistakes) await log.addImages(step, tag, images);
    if (log.addHistograms !== undefined) await log.addHistograms(step, await results.weights);
    await this.close(training, 'finished');
  }

  async close({ key }: Training, ending: Ending): Promise<void> {
    await this.#logs.get(key)?.close(ending);
    this.#logs.delete(key);
  }

  async #open(training: Training): Promise<TrainingLog> {
    let log = this.#logs.get(training.key);
    if (log === undefined) {
      log = await this.tracker.open(training);
      this.#logs.set(training.key, log);
    }
    return log;
  }
}
