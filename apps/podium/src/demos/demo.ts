import type { Terminal } from '../terminal/terminal.ts';

/** What the making of a demonstration's data gets. */
export interface DemoContext {
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
  readonly env: NodeJS.ProcessEnv;
}

/** How large a demonstration shall be, where that can be chosen. */
export interface DemoSize {
  /** Training rows; `all` for every one that there is. */
  readonly rows?: number | 'all' | undefined;
}

/** The true label of a test image; images of one group are not independent. */
export type Answer = readonly [id: string, label: string, group: string];

/** A competition that Podium brings along or fetches, with a test set whose labels are known but not shown to it. */
export interface Demo {
  readonly name: string;
  readonly summary: string;
  /** What it will do and fetch, in lines for people; printed before anything is fetched. */
  readonly notice: readonly string[];
  /** Name of the folders below `data/` and `submissions/`. */
  folderName(size: DemoSize): string;
  /**
   * Writes the competition folder, which is there and empty, and gives the hidden answers.
   * @throws PodiumError `demo-offline`, `demo-download`, `demo-integrity` where it has to be fetched and cannot be
   */
  write(folder: string, size: DemoSize, context: DemoContext): Promise<readonly Answer[]>;
  /** The settings file: YAML with comments. `data` is the competition folder relative to it. */
  settings(competition: string, data: string): string;
  /** Settings of models that need no pretrained weights, for where these cannot be had. */
  readonly withoutWeights?: Readonly<Record<string, unknown>>;
}
