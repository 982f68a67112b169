import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Rng, readText } from '@podium/core';
import sharp from 'sharp';
import { unpackNpm } from '../npm-packages.ts';
import type { ImageSet, LabeledImage } from './image-set.ts';
import { testGroups, withScratch, writeImages } from './write-images.ts';

const SIZE = 48;
const SEED = 'letters';
const LETTERS = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
/** Typefaces as different as possible, by the names of their packages. */
const TYPEFACES = [
  'abril-fatface@0.4.1',
  'alex-brush@0.4.1',
  'amatic-sc@0.4.2',
  'anton@0.4.2',
  'audiowide@0.4.1',
  'bangers@0.4.1',
  'bodoni-moda@0.4.2',
  'bungee@0.4.1',
  'caveat@0.4.2',
  'chewy@0.4.0',
  'cinzel-decorative@0.4.1',
  'comic-neue@0.4.1',
  'courier-prime@0.4.1',
  'creepster@0.4.0',
  'dancing-script@0.4.2',
  'eb-garamond@0.4.3',
  'gloria-hallelujah@0.4.1',
  'great-vibes@0.4.1',
  'im-fell-english-sc@0.4.0',
  'indie-flower@0.4.1',
  'jersey-10@0.4.1',
  'josefin-sans@0.4.2',
  'lobster@0.4.1',
  'monoton@0.4.1',
  'orbitron@0.4.2',
  'pacifico@0.4.1',
  'permanent-marker@0.4.0',
  'press-start-2p@0.4.1',
  'reenie-beanie@0.4.1',
  'righteous@0.4.1',
  'roboto-slab@0.4.2',
  'rye@0.4.1',
  'sacramento@0.4.1',
  'special-elite@0.4.1',
  'vt323@0.4.1',
  'zilla-slab@0.4.1',
];

/** Capital letters, a little turned, on paper of different grays; typefaces are groups. */
export const letters: ImageSet = {
  name: 'letters',
  summary: 'capital letters; typefaces are groups',
  license: 'OFL-1.1 or Apache-2.0, by typeface',
  source: `${TYPEFACES.length} typefaces of Google Fonts, npm @expo-google-fonts/*`,
  write: async (folder) =>
    await withScratch(async (scratch) => {
      const specs = TYPEFACES.map((name) => `@expo-google-fonts/${name}`);
      const held = testGroups(TYPEFACES, SEED);
      const images: LabeledImage[] = [];
      for (const [k, packaged] of (await unpackNpm(specs, scratch)).entries()) {
        const group = TYPEFACES[k]!;
        const file = await regularFont(packaged);
        for (const label of LETTERS) {
          const png = await drawLetter(label, file, Rng.fromSeed(SEED).split(group, label));
          images.push({ label, group: group.replace(/@.*/, ''), isTest: held.has(group), png });
        }
      }
      return await writeImages(folder, images, SEED);
    }),
};

/** The name of the typeface, and the file of its regular style. */
async function regularFont(folder: string): Promise<{ readonly family: string; readonly path: string }> {
  const { family } = JSON.parse(await readText(join(folder, 'metadata.json'))) as { family: string };
  const [style] = (await readdir(folder)).filter((name) => /^\d+Regular$/.test(name)).sort();
  const [file] = (await readdir(join(folder, style!))).filter((name) => name.endsWith('.ttf'));
  return { family, path: join(folder, style!, file!) };
}

async function drawLetter(
  letter: string,
  { family, path }: { readonly family: string; readonly path: string },
  rng: Rng,
): Promise<Buffer> {
  const [ink, paper] = [Math.round(rng.uniform(0, 90)), Math.round(rng.uniform(160, 255))];
  const gray = (value: number) => ({ r: value, g: value, b: value });
  // Drawn large, so that thin strokes survive turning.
  const glyph = await sharp({ text: { text: letter, font: `${family} 96`, fontfile: path, rgba: true } })
    .png()
    .toBuffer();
  const side = Math.round(rng.uniform(28, 42));
  const turned = await sharp(glyph)
    .rotate(rng.uniform(-10, 10), { background: { ...gray(0), alpha: 0 } })
    .resize(side, side, { fit: 'contain', background: { ...gray(0), alpha: 0 } })
    .extractChannel('alpha')
    .toBuffer();
  const inked = await sharp({ create: { width: side, height: side, channels: 3, background: gray(ink) } })
    .joinChannel(turned)
    .png()
    .toBuffer();
  const [left, top] = [rng.int(SIZE - side + 1), rng.int(SIZE - side + 1)];
  return await sharp({ create: { width: SIZE, height: SIZE, channels: 3, background: gray(paper) } })
    .composite([{ input: inked, left, top }])
    .png()
    .toBuffer();
}
