import type { Predictions } from '@podium/core';
import { decodeImage, type ManifestRow } from '@podium/dataset';
import type { LoggedImage } from '@podium/trackers';
import sharp from 'sharp';
import type { HeadPredictions } from '../artifacts/head-predictions.ts';
import { labelOf } from '../heads/scored-rows.ts';

/** As many as fit on a screen. */
const SHOWN = 12;
/** Longest edge in pixels. */
const EDGE = 192;

/** The mistakes of one head. */
export interface Mistakes {
  /** `mistakes`, or `mistakes/HEAD` if there are several heads. */
  readonly tag: string;
  readonly images: readonly LoggedImage[];
}

/**
 * The images that a model gets wrong with the greatest confidence, with what they are and what it says. Heads that may have
 * several labels per image are left out.
 * @param root folder that the images are in
 */
export async function mistakesOf(
  heads: HeadPredictions,
  rowOf: ReadonlyMap<string, ManifestRow>,
  root: string,
): Promise<Mistakes[]> {
  const found: Mistakes[] = [];
  for (const [head, predictions] of heads) {
    const images: LoggedImage[] = [];
    for (const { row, truth, predicted, confidence } of wrongRows(head, predictions, rowOf).slice(0, SHOWN)) {
      const caption = `${row.id}: ${truth}, predicted as ${predicted} (${confidence.toFixed(2)})`;
      images.push({ ...(await shrunk(row, root)), caption });
    }
    if (images.length > 0) found.push({ tag: heads.size === 1 ? 'mistakes' : `mistakes/${head}`, images });
  }
  return found;
}

interface WrongRow {
  readonly row: ManifestRow;
  readonly truth: string;
  readonly predicted: string;
  readonly confidence: number;
}

function wrongRows(
  head: string,
  predictions: Predictions,
  rowOf: ReadonlyMap<string, ManifestRow>,
): WrongRow[] {
  if (predictions.task === 'multi-label') return [];
  const { classes } = predictions;
  const best = predictions.argmax();
  return predictions.ids
    .flatMap((id, i): WrongRow[] => {
      const row = rowOf.get(id);
      const truth = row && labelOf(row, { name: head, classes });
      const predicted = classes[best[i]!]!;
      if (row === undefined || typeof truth !== 'string' || truth === predicted) return [];
      return [{ row, truth, predicted, confidence: predictions.row(i)[best[i]!]! }];
    })
    .sort((a, b) => b.confidence - a.confidence);
}

async function shrunk({ image }: ManifestRow, root: string): Promise<Omit<LoggedImage, 'caption'>> {
  const { data, width, height, channels } = await decodeImage(image, { root });
  const { data: png, info } = await sharp(data, { raw: { width, height, channels: channels as 3 } })
    .resize(EDGE, EDGE, { fit: 'inside', withoutEnlargement: true })
    .png()
    .toBuffer({ resolveWithObject: true });
  return { png, width: info.width, height: info.height };
}
