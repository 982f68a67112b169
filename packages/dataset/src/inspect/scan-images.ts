import sharp from 'sharp';
import type { ValueExtent } from '../decode/deep-pixels.ts';
import type { ImageSource } from '../manifest/types.ts';
import { chooseRange, ownRange, type RangeChoice, type ValueRange } from './choose-range.ts';
import { type ImageScan, type ScanLimits, type ScanSettings, scanImage } from './scan-image.ts';

export interface ScanOptions extends ScanLimits, Pick<ScanSettings, 'damaged'> {
  /** How images with more than 8 bits per channel are scaled: all alike, or each by its own values. Default: decided. */
  readonly range?: ValueRange | 'own' | undefined;
  /** Whether images whose range is unclear are decoded by all that their type can hold; else they are not decoded. */
  readonly unclear?: 'skip' | 'decode' | undefined;
  /** Images scanned at once. */
  readonly concurrency: number;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** An image in a folder. */
export interface LocatedImage {
  readonly root: string;
  readonly source: ImageSource;
}

/** The scans of images, in their order, and how those with more than 8 bits per channel are scaled. */
export interface ScannedImages {
  readonly scans: readonly ImageScan[];
  /** By type of values (libvips' name), if it was decided. */
  readonly ranges: ReadonlyMap<string, RangeChoice>;
}

/**
 * Scans every image once, even if several rows name it; twice if it has more than 8 bits per channel, since only all of
 * them together show which values they use.
 * @throws the reason of an aborted signal
 */
export async function scanImages(
  images: readonly LocatedImage[],
  options: ScanOptions,
): Promise<ScannedImages> {
  // One thread per image is fastest, and the cache would keep images that are never used again.
  sharp.concurrency(1);
  sharp.cache(false);
  const jobs = new Map<string, { image: LocatedImage; indices: number[] }>();
  for (const [index, image] of images.entries()) {
    const key = JSON.stringify([
      image.root,
      image.source.path,
      'offset' in image.source ? image.source.offset : -1,
    ]);
    const job = jobs.get(key);
    if (job === undefined) jobs.set(key, { image, indices: [index] });
    else job.indices.push(index);
  }
  const scans = new Array<ImageScan>(images.length);
  const { concurrency, range, signal } = options;
  const run = async (
    queue: Iterable<{ image: LocatedImage; indices: number[] }>,
    settings: ScanSettings,
    onDone: () => void,
    atOnce: number = concurrency,
  ) => {
    const work = async () => {
      for (const { image, indices } of queue) {
        signal?.throwIfAborted();
        const scan = await scanImage(image.root, image.source, settings);
        for (const index of indices) scans[index] = scan;
        onDone();
      }
    };
    await Promise.all(Array.from({ length: Math.min(atOnce, jobs.size) }, work));
  };
  const settings: ScanSettings = { ...options, ...(range !== undefined && { rangeOf: givenRange(range) }) };
  let done = 0;
  await run(jobs.values(), settings, () => options.onProgress?.(++done, jobs.size));
  const measured = [...jobs.values()].filter(({ indices }) => isMeasured(scans[indices[0]!]!));
  const known = new Map<string, RangeChoice>();
  // What some images are scaled by is right for others of their type: external ones, new ones.
  for (const { depth = '', range: own, pixels } of scans)
    if (own !== undefined && pixels !== undefined && range === undefined)
      known.set(depth, { range: own, reason: 'other images of this type are scaled by it' });
  const extents = new Map<string, ValueExtent[]>();
  for (const { indices } of measured) {
    const { depth = '', extent } = scans[indices[0]!]!;
    const list = extents.get(depth);
    if (list === undefined) extents.set(depth, [extent!]);
    else list.push(extent!);
  }
  const ranges = new Map<string, RangeChoice>();
  for (const [depth, values] of extents) ranges.set(depth, known.get(depth) ?? chooseRange(depth, values));
  const rangeOf =
    range === undefined ? ({ depth = '' }: ImageScan) => ranges.get(depth)?.range : givenRange(range);
  const isClear = ({ depth = '' }: ImageScan) => {
    const choice = ranges.get(depth);
    return choice === undefined || !('problem' in choice) || options.unclear === 'decode';
  };
  // Black or white by a wrong range, images would look like copies of each other.
  const clear = measured.filter(({ indices }) => isClear(scans[indices[0]!]!));
  await run(clear.values(), { ...options, rangeOf }, () => {});
  // What the decoder says of damage is only reliable for one image at a time.
  const damaged = [...jobs.values()].filter(({ indices }) => needsMessage(scans[indices[0]!]!));
  await run(damaged.values(), { ...options, rangeOf, alone: true }, () => {}, 1);
  return { scans, ranges };
}

function needsMessage({ fault, damage }: ImageScan): boolean {
  return damage !== undefined || fault?.kind === 'truncated' || fault?.kind === 'unreadable';
}

/** Whether an image was measured but not decoded. */
function isMeasured({ extent, pixels }: ImageScan): boolean {
  return extent !== undefined && pixels === undefined;
}

function givenRange(range: ValueRange | 'own'): (scan: ImageScan) => ValueRange | undefined {
  return ({ extent }) => (range === 'own' ? ownRange(extent!) : range);
}
