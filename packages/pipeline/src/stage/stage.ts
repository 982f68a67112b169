import type { Rng } from '@podium/core';
import type { z } from 'zod';
import type { InputPath, InputPaths, InputPorts, OutputPaths, OutputPorts } from './ports.ts';

/** What one run of a stage takes of the machine. */
export interface Needs {
  /** Processor cores; 1 where left out. `'all'`: it keeps every core busy by itself. */
  readonly cores?: number | 'all';
  /** Memory at its peak, in bytes; 256 MiB where left out. */
  readonly memoryBytes?: number;
}

/** How far a stage is. */
export interface Progress {
  /** Units done of `total`. */
  readonly done: number;
  readonly total?: number;
  /** What is counted: `images`, `epochs`. */
  readonly unit?: string;
  readonly message?: string;
}

export interface StageContext<Settings, Inputs, Outputs> {
  readonly settings: Settings;
  readonly inputs: Inputs;
  /** Absolute paths to write to: nothing is there yet, but their folder is. */
  readonly outputs: Outputs;
  readonly outputFolder: string;
  /** A folder for what is needed only meanwhile; it is thrown away afterwards. */
  readonly scratchFolder: string;
  /**
   * A folder that is still there at the next attempt, where this one is canceled, fails or is killed: for checkpoints to go
   * on from. What is made with its help has to be what would be made without it.
   */
  readonly workFolder: string;
  /** Fires when the run is canceled: stop soon, by throwing `signal.reason`. */
  readonly signal: AbortSignal;
  readonly report: (progress: Progress) => void;
  /** The stage's own stream of the seed. Reading it throws in a stage that is not `random`. */
  readonly rng: Rng;
}

/** What {@link defineStage} takes. */
export interface StageDefinition<
  Schema extends z.ZodType,
  Inputs extends InputPorts,
  Outputs extends OutputPorts,
  Apply = unknown,
> {
  /** Kebab case; unique in an app: `train`. */
  readonly name: string;
  /** To be raised by whoever changes what the stage's code makes of the same inputs: results are then made anew. */
  readonly version: string;
  /** `import.meta.url` of the module that exports the stage, so that another process can find it. */
  readonly module?: string;
  readonly settings: Schema;
  readonly inputs: Inputs;
  readonly outputs: Outputs;
  /** Uses `rng`; only then is the seed part of its key. */
  readonly random?: boolean;
  /** So quick that a process of its own would cost more: runs inside the main one. */
  readonly cheap?: boolean;
  needs?(settings: z.output<Schema>): Needs;
  run(
    context: StageContext<z.output<Schema>, InputPaths<Inputs>, OutputPaths<Outputs>>,
  ): Promise<void> | void;
  /**
   * Repeats on new data what `run` did, such as predicting other images with the model that `run` trained. The pipeline
   * never calls it and does not know its form, which is up to the application; it is not part of keys.
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
  needs?(settings: unknown): Needs;
  run(
    context: StageContext<unknown, Readonly<Record<string, InputPath>>, Readonly<Record<string, string>>>,
  ): Promise<void> | void;
  readonly apply?: Apply;
}
