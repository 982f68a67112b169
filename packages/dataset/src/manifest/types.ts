import type { PredictionTask } from '@podium/core';

/** Where the pixels of a row are. Paths are relative to the manifest's root, with `/` between folders. */
export type ImageSource =
  /** An image file. */
  | { readonly kind: 'file'; readonly path: string }
  /** Uncompressed uint8 pixels `[H,W,C]` inside a larger file, from a byte offset on (MNIST's idx files). */
  | {
      readonly kind: 'raw';
      readonly path: string;
      readonly offset: number;
      readonly width: number;
      readonly height: number;
      readonly channels: number;
    }
  /** Numbers 0..255 as text, separated by commas, at a byte range of a table (the Digit Recognizer's rows). */
  | {
      readonly kind: 'text';
      readonly path: string;
      readonly offset: number;
      readonly length: number;
      readonly width: number;
      readonly height: number;
      readonly channels: number;
    };

/** Where a row's label comes from. */
export type Provenance =
  | { readonly kind: 'true' }
  | { readonly kind: 'external'; readonly source: string }
  | {
      readonly kind: 'pseudo';
      readonly teacher: string;
      readonly round: number;
      readonly confidence: number;
    };

/** One thing to predict of every image: `mask`, with classes `mask|incorrect|normal`. */
export interface Head {
  readonly name: string;
  readonly task: PredictionTask;
  /** All different, in the order of the model's outputs. */
  readonly classes: readonly string[];
}

/** One image and what is known of it. */
export interface ManifestRow {
  /** As the competition writes it, and the submission has to. */
  readonly id: string;
  readonly image: ImageSource;
  /** By head's name: the class, or for a multi-label head all its classes. Empty where there is no label. */
  readonly labels: Readonly<Record<string, string | readonly string[]>>;
  /** By head's name: a probability a class, in the head's order; wins over `labels`. */
  readonly softLabels?: Readonly<Record<string, readonly number[]>>;
  /** What must not be torn apart by folds: a person, a scene. */
  readonly group?: string;
  /** The fold that validates on this row. */
  readonly fold?: number;
  /** Weight in the loss and in sampling, above 0; 1 is usual. */
  readonly weight: number;
  readonly provenance: Provenance;
}
