import { PodiumError } from '@podium/core';

/** How to make thumbnails so that a report stays small. */
export interface ThumbnailPlan {
  /** Longest edge in pixels; the image keeps its shape. */
  readonly edge: number;
  /** WebP quality, 1 to 100. */
  readonly quality: number;
  /** How many of the images get one: mistakes and likely label errors first. */
  readonly count: number;
}

export interface ThumbnailNeeds {
  /** Rows of `samples`. */
  readonly images: number;
  /** Of them, those that must be seen: mistakes, label issues, explanations. Default: all. */
  readonly important?: number;
  /** What the whole file may weigh. Default: 5,000,000. */
  readonly maxBytes?: number;
  /** What other images (contact sheets, explanations) weigh as bytes of their files. Default: 0. */
  readonly otherBytes?: number;
}

/**
 * Sizes from large to small, with the bytes of an ordinary photograph as WebP (sharp, effort 4) and a tenth more; those
 * before a plain background take a quarter less, grass and gravel more.
 */
const SIZES: readonly (readonly [edge: number, quality: number, bytes: number])[] = [
  [128, 60, 2500],
  [112, 55, 2000],
  [96, 50, 1550],
  [80, 45, 1100],
  [64, 40, 800],
  [48, 35, 500],
];

/** Text, script and style, and the row that every image has in the page's data and on its map. */
const PAGE_BYTES = 400_000;
const ROW_BYTES = 150;
/** Base64 writes three bytes as four characters; a data URI has a head. */
const encoded = (bytes: number) => (bytes * 4) / 3 + 40;

/**
 * The largest thumbnails with which a report holds all its images; where even the smallest do not fit, those that all
 * important images get, and as many others as there is room for. The others are listed without an image.
 * @throws PodiumError `report-thumbnails` for numbers that count nothing
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
  const room = Math.max(0, maxBytes - PAGE_BYTES - images * ROW_BYTES - encoded(otherBytes));
  const fitting = (wanted: number) => SIZES.find(([, , bytes]) => wanted * encoded(bytes) <= room);
  const smallest = SIZES.at(-1)!;
  // Half of a large image tells more than all of a tiny one: below 64 pixels the important ones win.
  const forAll = fitting(images);
  const [edge, quality, bytes] =
    forAll !== undefined && forAll[0] >= 64 ? forAll : (fitting(Math.min(important, images)) ?? smallest);
  return { edge, quality, count: Math.min(images, Math.floor(room / encoded(bytes))) };
}
