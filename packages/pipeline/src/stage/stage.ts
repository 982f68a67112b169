import type { Rng } from '@podium/core';
import type { z } from 'zod';
import type { InputPath, InputPaths, InputPorts, OutputPaths, OutputPorts } from './ports.ts';

/** Resources that one run of a stage needs. */
export interface Needs {
  /** Processor cores; `'all'` if it keeps every core busy by itself. Default: 1. */
  readonly cores?: number | 'all';
  /** Peak memory in bytes; default: 256 MiB. */
  readonly memoryBytes?: number;
}

/** Progress of a running stage. */
export interface Progress {
  readonly done: number;
  readonly total?: number;
  /** What `done` and `total` count: `images`, `epochs`. */
  readonly unit?: string;
  readonly message?: string;
  /** What can be plotted, in the order of steps. None is lost: reports that come too fast hand theirs to the next one. */
  readonly points?: readonly ProgressPoint[];
  /** Steps that an earlier attempt had done, in the first report of one that resumes. */
  readonly resumedFrom?: number;
}

/** Numbers at a step: `{ 'train/loss': 0.4 }`. */
export interface ProgressPoint {
  readonly step: number;
  readonly values: Readonly<Record<string, number>>;
}

/** What a stage's `run` gets. */
export interface StageContext<Settings, Inputs, Outputs> {
  readonly settings: Settings;
  readonly inputs: Inputs;
  /** Absolute paths to write to. Their folder exists; they do not. */
  readonly outputs: Outputs;
  readonly outputFolder: string;
  /** For temporary files; deleted afterwards. */
  readonly scratchFolder: string;
  /**
   * For checkpoints. If this attempt is canceled, fails or is killed, the next one gets the same folder and can resume.
   * Outputs must have the same bytes with and without resuming.
   */
  readonly workFolder: string;
  /** Aborted when the run is canceled: stop soon, by throwing `signal.reason`. */
  readonly signal: AbortSignal;
  readonly report: (progress: Progress) => void;
  /** Random numbers for this stage, derived from the seed. Reading it throws unless the stage is `random`. */
  readonly rng: Rng;
}

/** What {@link defineStage} takes. */
export interface StageDefinition<
  Schema extends z.ZodType,
  Inputs extends InputPorts,
  Outputs extends OutputPorts,
  Apply = unknown,
> {
  /** Kebab case, unique in an application: `train-fold`. */
  readonly name: string;
  /** Raise it with every change of the code that changes results; cached results are then recomputed. */
  readonly version: string;
  /** `import.meta.url` of the module that exports the stage, so that another process can import it. */
  readonly module?: string;
  readonly settings: Schema;
  readonly inputs: Inputs;
  readonly outputs: Outputs;
  /** The stage uses `rng`, so the seed becomes part of its key. Default: false. */
  readonly random?: boolean;
  /** So fast that starting a process would take longer: `localExecutor` runs it in the main process. Default: false. */
  readonly cheap?: boolean;
  /**
   * Its process may run other warm stages before and after it, so that each need not start a process and load libraries:
   * what it leaves in memory (modules, an engine) must not change anybody's results. Default: false.
   */
  readonly warm?: boolean;
  needs?(settings: z.output<Schema>): Needs;
  run(
    context: StageContext<z.output<Schema>, InputPaths<Inputs>, OutputPaths<Outputs>>,
  ): Promise<void> | void;
  /**
   * Repeats on new data what `run` did, such as predicting other images with the model that `run` trained. Its type is
   * up to the application: the pipeline never calls it, and it is not part of keys.
   */
  readonly apply?: Apply;
}

/** A step of the work: declared settings, inputs and outputs, and the code that makes the outputs. */
export interface Stage<
  Schema extends z.ZodType,
  Inputs extends InputPorts,
  Outputs extends OutputPorts,
  Apply = unknown,
> extends StageDefinition<Schema, Inputs, Outputs, Apply> {
  readonly random: boolean;
  readonly cheap: boolean;
  readonly warm: boolean;
}

/** A stage whose settings and ports are not known at compile time. */
export interface AnyStage<Apply = unknown> {
  readonly name: string;
  readonly version: string;
  readonly module?: string;
  readonly settings: z.ZodType;
  readonly inputs: InputPorts;
  readonly outputs: OutputPorts;
  readonly random: boolean;
  readonly cheap: boolean;
  readonly warm: boolean;
  needs?(settings: unknown): Needs;
  run(
    context: StageContext<unknown, Readonly<Record<string, InputPath>>, Readonly<Record<string, string>>>,
  ): Promise<void> | void;
  readonly apply?: Apply;
}
