import type { Duplicates } from '../inspect/duplicates.ts';
import type { ImageScan } from '../inspect/scan-image.ts';
import type { DatasetDescription } from '../layouts/layout.ts';
import type { PatchEntry } from '../manifest/patch.ts';
import type { Head, ManifestRow } from '../manifest/types.ts';

/**
 * `leak`: scores would be a lie; fails the run unless accepted by name. `error`: rows that cannot be used as they are.
 * `warning`: likely to cost score. `note`: good to know.
 */
export type Severity = 'leak' | 'error' | 'warning' | 'note';

export interface Finding {
  /** The check's name: what `accept` takes. */
  readonly check: string;
  readonly severity: Severity;
  /** One sentence with numbers and an example. */
  readonly message: string;
  /** Ids of the rows concerned, by split, then in the split's order; for images that no row names, their paths. */
  readonly rows: readonly string[];
  /** Where rows belong together (copies of one image): the ids of each set. */
  readonly sets?: readonly (readonly string[])[];
  /** What to do about it, as an instruction. */
  readonly fix: string;
  /** Changes that would settle it, for people to review. */
  readonly suggestedPatch?: readonly PatchEntry[];
}

/** Where a row comes from. */
export type EntrySplit = 'train' | 'test' | 'external';

/** A row and what its image looks like. */
export interface Entry {
  readonly split: EntrySplit;
  readonly row: ManifestRow;
  readonly scan: ImageScan;
}

/** What checks look at. */
export interface CheckContext {
  readonly description: DatasetDescription;
  readonly heads: readonly Head[];
  /** Training rows, then test rows, then external rows. */
  readonly entries: readonly Entry[];
  /** Same images and nearly the same ones; found on first use. */
  readonly duplicates: Duplicates;
  readonly limits: CheckLimits;
}

/** Numbers that checks measure against. */
export interface CheckLimits {
  /** A class with fewer different images is rare. Default 10. */
  readonly rareClass: number;
  /** Most pixels (width x height) that are decoded. Default 100 million. */
  readonly maxPixels: number;
  /** Most bytes that an image file may have. Default 256 MiB. */
  readonly maxBytes: number;
  /** Bits of 128 in which the hashes of near duplicates may differ, 0 to 6. Default 6. */
  readonly nearBits: number;
  /** Smaller images, in pixels of the shorter side, are not compared for near duplicates. Default 48. */
  readonly nearLeastSide: number;
  /** Cosine similarity from which two embeddings count as one image. Default 0.98. */
  readonly embeddingSimilarity: number;
}

/** One thing to look for. */
export interface Check {
  readonly name: string;
  /** One line for people. */
  readonly summary: string;
  readonly run: (context: CheckContext) => readonly Finding[];
}
