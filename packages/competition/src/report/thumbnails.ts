import { decodeImage, type ManifestRow } from '@podium/dataset';
import { concurrently } from '@podium/pipeline';
import { imageDataUri, planThumbnails } from '@podium/report';
import sharp from 'sharp';

/** Images that are decoded at once. */
const AT_ONCE = 8;

/** An image that a report may show. */
export interface ThumbnailSource {
  /** In the report's `images`. */
  readonly key: string;
  readonly image: ManifestRow['image'];
}

/**
 * Thumbnails by key, as data URIs: as many as fit into a report.
 * @param important those that must be shown, the most important first
 * @param others those that are shown if there is room
 * @param otherBytes size of other images of the report
 */
export async function thumbnails(
  root: string,
  important: readonly ThumbnailSource[],
  others: readonly ThumbnailSource[],
  otherBytes: number,
): Promise<Map<string, string>> {
  const unique = new Map([...important, ...others].map((source) => [source.key, source]));
  const first = new Set(important.map(({ key }) => key)).size;
  const plan = planThumbnails({ images: unique.size, important: first, otherBytes });
  const made = await concurrently(
    [...unique.values()].slice(0, plan.count),
    AT_ONCE,
    async ({ key, image }) => [key, imageDataUri(await small(image, root, plan))] as const,
  );
  return new Map(made);
}

async function small(
  source: ManifestRow['image'],
  root: string,
  { edge, quality }: { readonly edge: number; readonly quality: number },
): Promise<Buffer> {
  const { data, width, height, channels } = await decodeImage(source, { root });
  return await sharp(data, { raw: { width, height, channels: channels as 3 } })
    .resize(edge, edge, { fit: 'inside', withoutEnlargement: true })
    .webp({ quality })
    .toBuffer();
}
