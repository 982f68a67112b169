/** What is known after an epoch or a validation. */
export interface HistoryRow {
  /** From 0. */
  readonly epoch: number;
  /** Optimizer steps done. */
  readonly step: number;
  readonly learningRate: number;
  /** Mean over the steps since the previous row; absent if no loss was read. */
  readonly trainLoss?: number;
  /** Of a validation: `loss`, and the metrics by name; `HEAD/loss`, `HEAD/metric` if there are several heads. */
  readonly metrics: Readonly<Record<string, number>>;
}
