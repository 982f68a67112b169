/** What a contestant of the training benchmark is told, as JSON: by worker.ts and peer.py alike. */
export interface ContestantSettings {
  readonly contestant: 'cold' | 'cached' | 'torch_default' | 'torch_channels_last';
  /** A name that the zoo and timm share. */
  readonly model: string;
  readonly folder: string;
  /** Of decoded images, for `cached`. */
  readonly cache: string;
  readonly batch: number;
  readonly size: number;
  readonly classes: number;
  /** Threads or processes that make batches. */
  readonly workers: number;
  readonly precision: 'float32' | 'bfloat16';
  /** Steps of a turn that are not measured: they find batches made ahead while others had their turns. */
  readonly warmUpSteps: number;
  readonly steps: number;
  /** Of the math library; 0 stands for what the machine has. */
  readonly threads: number;
}
