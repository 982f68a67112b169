import { PodiumError } from '@podium/core';
import { MAX_ROWS } from './view.ts';

/** How to make thumbnails so that a report stays small. */
export interface ThumbnailPlan {
  /** Longest edge in pixels; the aspect ratio is kept. */
  readonly edge: number;
  /** WebP quality, 1 to 100. */
  readonly quality: number;
  /** How many images get a thumbnail: mistakes and likely label errors first. */
  readonly count: number;
}

/** The images of a report, and its size. */
export interface ThumbnailNeeds {
  /** Number of images: rows of `samples`. */
  readonly images: number;
  /** How many of them must be shown: mistakes, label issues, explanations. Default: all. */
  readonly important?: number;
  /** Maximum size of the file. Default: 5,000,000. */
  readonly maxBytes?: number;
  /** File sizes of other images (contact sheets, explanations). Default: 0. */
  readonly otherBytes?: number;
}

/**
 * Sizes from large to small, with the bytes of an average photograph as WebP (sharp, effort 4) plus 10%. Plain
 * backgrounds take 25% less, grass and gravel more.
 */
const SIZES: readonly (readonly [edge: number, quality: number, bytes: number])[] = [
  [128, 60, 2500],
  [112, 55, 2000],
  [96, 50, 1550],
  [80, 45, 1100],
  [64, 40, 800],
  [48, 35, 500],
];

/** Text, script and style; and an image's row in the page's data and its dot on the map. */
const PAGE_BYTES = 400_000;
const ROW_BYTES = 150;
/** Base64 writes three bytes as four characters; a data URI has a prefix. */
const encoded = (bytes: number) => (bytes * 4) / 3 + 40;

/**
 * The largest thumbnails at which a report holds all its images. If they would be tiny, the largest at which it holds
 * all important images, plus as many others as fit; the rest is listed without an image.
 * @throws PodiumError `report-thumbnails` for negative or non-finite numbers
 */
export function planThumbnails({
  images,
  important = images,
  maxBytes = 5_000_000,
  otherBytes = 0,
}: ThumbnailNeeds): ThumbnailPlan {
  for (const [key, value] of Object.entries({ images, important, maxBytes, otherBytes })) {
    if (Number.isFinite(value) && value >= 0) continue;
    throw new PodiumError({
      code: 'report-thumbnails',
      path: { key },
      expected: 'a number >= 0',
      got: String(value),
    });
  }
  const room = Math.max(
    0,
    maxBytes - PAGE_BYTES - Math.min(images, MAX_ROWS) * ROW_BYTES - encoded(otherBytes),
  );
  const largestFor = (number: number) => SIZES.find(([, , bytes]) => number * encoded(bytes) <= room);
  const smallest = SIZES.at(-1)!;
  // Below 64 pixels, fewer but larger images are more useful.
  const forAll = largestFor(images);
  const [edge, quality, bytes] =
    forAll !== undefined && forAll[0] >= 64 ? forAll : (largestFor(Math.min(important, images)) ?? smallest);
  return { edge, quality, count: Math.min(images, Math.floor(room / encoded(bytes))) };
}
