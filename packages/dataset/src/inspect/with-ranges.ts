import { open } from 'node:fs/promises';
import sharp from 'sharp';
import { extentOf, isDeep, readDeepPixels } from '../decode/deep-pixels.ts';
import { formatOf, SIGNATURE_LENGTH } from '../decode/file-format.ts';
import { readSource, sourcePath } from '../decode/read-source.ts';
import type { ManifestRow } from '../manifest/types.ts';
import { ownRange, type ValueRange } from './choose-range.ts';

/** How images with more than 8 bits per channel are scaled, by the type of their values (`ushort`, `float`, ...). */
export type ValueRanges = Readonly<Record<string, ValueRange>>;

/**
 * New images whose values are scaled like those of training.
 * @param ranges by type of values, one for all, or `own` for the values of each image
 * @throws PodiumError if an image cannot be read
 */
export async function withRanges(
  rows: readonly ManifestRow[],
  root: string,
  ranges: ValueRanges | ValueRange | 'own',
): Promise<ManifestRow[]> {
  const out: ManifestRow[] = [];
  for (const row of rows) {
    const range = await rangeOf(row, root, ranges);
    out.push(range === undefined ? row : { ...row, image: { ...row.image, range } as ManifestRow['image'] });
  }
  return out;
}

async function rangeOf(
  { image }: ManifestRow,
  root: string,
  ranges: ValueRanges | ValueRange | 'own',
): Promise<ValueRange | undefined> {
  if (image.kind !== 'file' || !(await mayBeDeep(sourcePath(root, image)))) return undefined;
  const bytes = await readSource(root, image);
  const decoder = () => sharp(bytes, { failOn: 'none', pages: 1, ignoreIcc: true });
  // A file that is none is reported when it is decoded.
  const metadata = await decoder()
    .metadata()
    .catch(() => undefined);
  if (metadata === undefined || !isDeep(metadata)) return undefined;
  if (ranges === 'own') return ownRange(extentOf(await readDeepPixels(decoder(), metadata)));
  if (isOne(ranges)) return ranges;
  return Object.hasOwn(ranges, metadata.depth) ? ranges[metadata.depth] : undefined;
}

function isOne(ranges: ValueRanges | ValueRange): ranges is ValueRange {
  return Array.isArray(ranges);
}

/** Only PNG and TIFF files need a closer look. */
async function mayBeDeep(path: string): Promise<boolean> {
  const file = await open(path, 'r').catch(() => undefined);
  if (file === undefined) return false;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(SIGNATURE_LENGTH), 0, SIGNATURE_LENGTH, 0);
    const format = formatOf(buffer.subarray(0, bytesRead), path);
    // The bit depth of a PNG is in its header.
    return format === 'tiff' || (format === 'png' && buffer[24] === 16);
  } finally {
    await file.close();
  }
}
