import type { RangeChoice } from '../inspect/choose-range.ts';
import type { Duplicates } from '../inspect/duplicates.ts';
import type { ImageScan } from '../inspect/scan-image.ts';
import type { DatasetDescription } from '../layouts/layout.ts';
import type { PatchEntry } from '../manifest/patch.ts';
import type { Head, ManifestRow } from '../manifest/types.ts';

/**
 * `leak`: inflates scores; stops the run unless accepted by name. `error`: rows that cannot be used as they are.
 * `warning`: likely to lower scores. `note`: good to know.
 */
export type Severity = 'leak' | 'error' | 'warning' | 'note';

export interface Finding {
  /** Name of the check, for `accept`. */
  readonly check: string;
  readonly severity: Severity;
  /** One sentence with numbers and an example. */
  readonly message: string;
  /** Ids of the affected rows, by split and in its order; paths for images without a row. */
  readonly rows: readonly string[];
  /** The split of each of `rows`: training and test rows may have the same ids. Empty for images without a row. */
  readonly splits: readonly EntrySplit[];
  /** The ids of each set, if rows belong together (copies of an image). */
  readonly sets?: readonly (readonly string[])[];
  /** What to do, as an instruction. */
  readonly fix: string;
  /** Changes that would fix it, for review. */
  readonly suggestedPatch?: readonly PatchEntry[];
}

/** Origin of a row. */
export type EntrySplit = 'train' | 'test' | 'external';

/** A row and the scan of its image. */
export interface Entry {
  readonly split: EntrySplit;
  readonly row: ManifestRow;
  readonly scan: ImageScan;
}

/** Input of checks. */
export interface CheckContext {
  readonly description: DatasetDescription;
  readonly heads: readonly Head[];
  /** Training rows, then test rows, then external rows. */
  readonly entries: readonly Entry[];
  /** Identical and nearly identical images; computed on first use. */
  readonly duplicates: Duplicates;
  readonly limits: CheckLimits;
  /** How images with more than 8 bits per channel are scaled, by their type. */
  readonly ranges: ReadonlyMap<string, RangeChoice>;
  /** Whether a setting says how they are scaled. */
  readonly hasRange: boolean;
}

/** Thresholds of checks. */
export interface CheckLimits {
  /** Classes with fewer different images are rare. Default 10. */
  readonly rareClass: number;
  /** Most pixels (width x height) per image. Default 100 million. */
  readonly maxPixels: number;
  /** Most bytes per image file. Default 256 MiB. */
  readonly maxBytes: number;
  /** Most different bits, of 128, in the hashes of near duplicates, 0 to 6. Default 6. */
  readonly nearBits: number;
  /** Images with a shorter side below this, in pixels, are not compared for near duplicates. Default 48. */
  readonly nearMinSide: number;
  /** Cosine similarity from which two embeddings count as the same image. Default 0.98. */
  readonly embeddingSimilarity: number;
}

/** A check of a dataset. */
export interface Check {
  readonly name: string;
  /** One line for people. */
  readonly summary: string;
  readonly run: (context: CheckContext) => readonly Finding[];
}
