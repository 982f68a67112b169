import type { Terminal } from '../terminal/terminal.ts';

/** What a demo gets to write its data. */
export interface DemoContext {
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
  readonly env: NodeJS.ProcessEnv;
}

/** The size of a demo whose size can be chosen. */
export interface DemoSize {
  /** Training rows. */
  readonly rows?: number | 'all';
}

/** The true label of a test image. Images of one group are not independent. */
export type Answer = readonly [id: string, label: string, group: string];

/** A downloaded or generated competition whose test labels are known, but hidden from the run. */
export interface Demo {
  readonly name: string;
  readonly summary: string;
  /** What the demo does and downloads, printed before any download. */
  readonly notice: readonly string[];
  /** Name of its folders in `data/` and `submissions/`. */
  folderName(size: DemoSize): string;
  /**
   * Writes the competition into an empty folder and returns the hidden answers.
   * @throws PodiumError `demo-offline`, `demo-download`, `demo-integrity` if a download fails
   */
  write(folder: string, size: DemoSize, context: DemoContext): Promise<readonly Answer[]>;
  /**
   * The settings file: YAML with comments.
   * @param data the competition folder, relative to the settings
   */
  settings(competition: string, data: string): string;
  /** Settings to use if the pretrained weights cannot be downloaded. */
  readonly withoutWeights?: Readonly<Record<string, unknown>>;
}
