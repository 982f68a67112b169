/** Settings of a contestant of the training benchmark, passed to worker.ts and peer.py as JSON. */
export interface ContestantSettings {
  readonly contestant: 'cold' | 'cached' | 'torch_default' | 'torch_channels_last';
  /** A name in both the zoo and timm. */
  readonly model: string;
  readonly folder: string;
  /** Of decoded images, for `cached`. */
  readonly cache: string;
  readonly batch: number;
  readonly size: number;
  readonly classes: number;
  /** Threads or processes that load batches. */
  readonly workers: number;
  readonly precision: 'float32' | 'bfloat16';
  /** Unmeasured steps at the start of a turn: they use batches prefetched during other contestants' turns. */
  readonly warmupSteps: number;
  readonly steps: number;
  /** Of the math library; 0: all cores. */
  readonly threads: number;
}
