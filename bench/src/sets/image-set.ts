/** An image of a set, and what is known of it. */
export interface LabeledImage {
  readonly label: string;
  /** Images of one group belong together: no group is in training and test. */
  readonly group?: string | undefined;
  /** Other columns of the training table. */
  readonly more?: Readonly<Record<string, string>>;
  readonly isTest: boolean;
  readonly png: Uint8Array;
}

/** The true label of a test image. */
export type Answer = readonly [id: string, label: string, group: string];

/** A labeled set of images to develop on, made on this machine; none of it is in the repository. */
export interface ImageSet {
  readonly name: string;
  /** What its images show, and how they are split. */
  readonly summary: string;
  /** Of the images, by its SPDX identifier if it has one. */
  readonly license: string;
  /** Who made them, and the packages that contain them. */
  readonly source: string;
  /**
   * Writes the competition into an empty folder: the same bytes each time.
   * @returns the hidden answers
   */
  readonly write: (folder: string) => Promise<readonly Answer[]>;
}
