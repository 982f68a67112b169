import type { PredictionTask } from '@podium/core';

/** The location of a row's pixels. Paths are relative to the manifest's root, with `/` between folders. */
export type ImageSource =
  /** An image file. */
  | {
      readonly kind: 'file';
      readonly path: string;
      /** Of a file with more than 8 bits per channel: the values that become black and white. Default: all of its type. */
      readonly range?: readonly [black: number, white: number] | undefined;
      /** Whether warnings of the decoder are ignored: what is left of a damaged file is used. */
      readonly damaged?: boolean | undefined;
    }
  /** Uncompressed uint8 pixels `[H,W,C]` at a byte offset of a larger file (MNIST's idx files). */
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

/** The origin of a row's label. */
export type Provenance =
  | { readonly kind: 'true' }
  | { readonly kind: 'external'; readonly source: string }
  | {
      readonly kind: 'pseudo';
      readonly teacher: string;
      readonly round: number;
      readonly confidence: number;
    };

/** One thing to predict per image: `mask`, with classes `mask|incorrect|normal`. */
export interface Head {
  readonly name: string;
  readonly task: PredictionTask;
  /** All different, in the order of the model's outputs. For regression: the columns of numbers, `age`. */
  readonly classes: readonly string[];
  /** Regression: no number is smaller, and no prediction. Default: any. */
  readonly min?: number | undefined;
  /** Regression: no number is larger, and no prediction. Default: any. */
  readonly max?: number | undefined;
  /** Regression: what each column weighs in the loss and in metrics that weight columns. Default: all alike. */
  readonly weights?: readonly number[] | undefined;
}

/** A true label: the class; for a multi-label head a list of classes; for regression a number per column. */
export type Label = string | readonly string[] | readonly number[];

/** One image with its labels. */
export interface ManifestRow {
  /** As in the competition's tables, and in the submission. */
  readonly id: string;
  readonly image: ImageSource;
  /** Per head, by name. Empty without labels. */
  readonly labels: Readonly<Record<string, Label>>;
  /** Per head, by name: one probability per class, in the head's order. Takes precedence over `labels`. */
  readonly softLabels?: Readonly<Record<string, readonly number[]>>;
  /** A person or scene. All rows of a group stay in one fold. */
  readonly group?: string;
  /** The fold that validates on this row. */
  readonly fold?: number;
  /** Weight in the loss and in sampling, above 0; usually 1. */
  readonly weight: number;
  readonly provenance: Provenance;
}
