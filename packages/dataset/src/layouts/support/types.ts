import type { Head, ManifestRow } from '../../manifest/types.ts';
import type { CompetitionFolder } from './folder.ts';

export type Split = 'train' | 'test';

/** A row of a table whose image is nowhere. */
export interface MissingImage {
  readonly id: string;
  readonly split: Split;
  /** The table that names it, relative to the root, and the line. */
  readonly table: string;
  readonly line: number;
}

/** A column that may tie rows together, where no group is set. */
export interface PossibleGroup {
  readonly table: string;
  readonly column: string;
  /** Different values, fewer than `rows`. */
  readonly groups: number;
  readonly rows: number;
}

/** What a submission has to look like. */
export interface SubmissionFormat {
  /** The sample submission, relative to the root. */
  readonly path: string;
  readonly idColumn: string;
  /** All others, in their order. */
  readonly valueColumns: readonly string[];
}

/** What a layout makes of a folder: everything that checks, folds and loaders need. */
export interface DatasetDescription {
  readonly layout: string;
  /** Absolute, links resolved; the paths of all rows are relative to it. */
  readonly root: string;
  readonly heads: readonly Head[];
  readonly train: readonly ManifestRow[];
  /** In the order of the sample submission, where there is one; `labels` is empty as a rule. */
  readonly test: readonly ManifestRow[];
  readonly submission?: SubmissionFormat;
  /** Rows without image; they are in neither `train` nor `test`. */
  readonly missing: readonly MissingImage[];
  /** Images that no row names, relative to the root. */
  readonly unlisted: readonly string[];
  /** What the layout saw and did not use: a check asks about it. */
  readonly possibleGroups?: readonly PossibleGroup[];
}

/** How sure a layout is that a folder is its own, and why. */
export interface Detection {
  /** From 0 (certainly not) to 1 (certainly). */
  readonly confidence: number;
  /** Short clauses: `train.csv has the columns id, label`. */
  readonly evidence: readonly string[];
}

export interface ReadOptions {
  readonly signal?: AbortSignal;
}

/** One way in which competitions ship images and labels. */
export interface Layout {
  readonly name: string;
  /** One line for people. */
  readonly summary: string;
  /** Looks at names and headers only; never throws because a folder is another layout's. */
  readonly detect: (folder: CompetitionFolder) => Promise<Detection>;
  /** @throws PodiumError `layout-settings` for settings that it does not know, and many others for bad data. */
  readonly read: (
    folder: CompetitionFolder,
    settings: unknown,
    options?: ReadOptions,
  ) => Promise<DatasetDescription>;
}
