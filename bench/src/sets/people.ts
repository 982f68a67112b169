import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { hashBytes, readText } from '@podium/core';
import sharp from 'sharp';
import { unpackNpm } from '../npm-packages.ts';
import type { ImageSet, LabeledImage } from './image-set.ts';
import { testGroups, withScratch, writeImages } from './write-images.ts';

const OPENMOJI = 'openmoji@17.0.0';
const TWEMOJI = '@twemoji/svg@15.0.0';
const SIZE = 96;
const SEED = 'people';

/** Unicode's code points: who is shown, and the signs that say it. */
const PEOPLE: Readonly<Record<string, string>> = { '1F468': 'man', '1F469': 'woman', '1F9D1': 'person' };
const SIGNS: Readonly<Record<string, string>> = { '2640': 'woman', '2642': 'man' };
const TONES = ['1F3FB', '1F3FC', '1F3FD', '1F3FE', '1F3FF'];
const JOINER = '200D';
const VARIATION = 'FE0F';
/** The same person, facing the other way. */
const FACING_RIGHT = '27A1';
/** Several people: with bunny ears, wrestling. */
const SEVERAL = ['1F46F', '1F93C'];
const CLASSES = 18;

/** Drawings of people: three genders, six skin tones, some seventy activities, of which a third is held out. */
export const people: ImageSet = {
  name: 'people',
  summary: 'drawn people: gender x skin tone; activities are groups',
  license: 'CC-BY-SA-4.0',
  source: `OpenMoji, npm ${OPENMOJI}`,
  write: async (folder) =>
    await withScratch(async (scratch) => {
      const [openmoji] = await unpackNpm([OPENMOJI], scratch);
      return await writeImages(folder, await drawn(await openMoji(openmoji!)), SEED);
    }),
};

/** The same training images; another artist drew the test images. */
export const peopleOfAnotherArtist: ImageSet = {
  name: 'people-other-artist',
  summary: 'the training images of people; test images of the other activities by another artist',
  license: 'CC-BY-SA-4.0 (train), CC-BY-4.0 (test)',
  source: `OpenMoji, npm ${OPENMOJI}; Twemoji, npm ${TWEMOJI}`,
  write: async (folder) =>
    await withScratch(async (scratch) => {
      const [openmoji, twemoji] = await unpackNpm([OPENMOJI, TWEMOJI], scratch);
      const all = await openMoji(openmoji!);
      const files = new Map(
        (await readdir(twemoji!))
          .filter((name) => name.endsWith('.svg'))
          .map((name) => [withoutVariation(name.slice(0, -4).toUpperCase()), join(twemoji!, name)]),
      );
      const others = all.flatMap((emoji) => {
        const file = files.get(withoutVariation(emoji.code));
        return file === undefined ? [] : [{ ...emoji, file }];
      });
      const [train, test] = [await drawn(all), await drawn(others)];
      const images = [...train.filter(({ isTest }) => !isTest), ...test.filter(({ isTest }) => isTest)];
      return await writeImages(folder, images, SEED);
    }),
};

/** An emoji of one person. */
interface Emoji {
  /** Hexadecimal code points, with hyphens. */
  readonly code: string;
  readonly activity: string;
  readonly gender: string;
  readonly tone: string;
  readonly file: string;
}

function withoutVariation(code: string): string {
  return code.replaceAll(`-${VARIATION}`, '');
}

/** Those whose activity has all genders and tones. */
async function openMoji(folder: string): Promise<Emoji[]> {
  const table = JSON.parse(await readText(join(folder, 'data', 'openmoji.json'))) as {
    readonly hexcode: string;
    readonly group: string;
  }[];
  const byActivity = new Map<string, Emoji[]>();
  for (const { hexcode, group } of table) {
    const found = group === 'people-body' ? personOf(hexcode) : undefined;
    if (found === undefined) continue;
    const emoji = { ...found, code: hexcode, file: join(folder, 'color', 'svg', `${hexcode}.svg`) };
    byActivity.set(found.activity, [...(byActivity.get(found.activity) ?? []), emoji]);
  }
  return [...byActivity.values()].filter((emojis) => emojis.length === CLASSES).flat();
}

/** What the code points of a person say; undefined if they show something else. */
function personOf(code: string): Pick<Emoji, 'activity' | 'gender' | 'tone'> | undefined {
  const points = withoutVariation(code).split('-');
  const tones = points.filter((point) => TONES.includes(point));
  if (tones.length > 1 || points.some((point) => point === FACING_RIGHT || SEVERAL.includes(point)))
    return undefined;
  const tone = tones.length === 0 ? 'default' : `tone ${TONES.indexOf(tones[0]!) + 1}`;
  const rest = points.filter((point) => !TONES.includes(point));
  const sign = rest.at(-2) === JOINER ? SIGNS[rest.at(-1)!] : undefined;
  // A runner with a sign, or a person with a thing.
  if (sign !== undefined) return { activity: rest.slice(0, -2).join('-'), gender: sign, tone };
  const person = rest[1] === JOINER ? PEOPLE[rest[0]!] : undefined;
  if (person !== undefined) return { activity: rest.slice(1).join('-'), gender: person, tone };
  return { activity: rest.join('-'), gender: 'person', tone };
}

/** Images without those that look the same in two classes, as some men and persons of no stated gender do. */
async function drawn(emojis: readonly Emoji[]): Promise<LabeledImage[]> {
  const held = testGroups(
    emojis.map(({ activity }) => activity),
    SEED,
  );
  const images = await Promise.all(
    emojis.map(async ({ activity, gender, tone, file }): Promise<LabeledImage> => {
      const png = await sharp(file, { density: 192 })
        .resize(SIZE, SIZE, { fit: 'contain', background: 'white' })
        .flatten({ background: 'white' })
        .png()
        .toBuffer();
      const label = `${gender}-${tone.replace(' ', '-')}`;
      return { label, group: activity, more: { gender, tone }, isTest: held.has(activity), png };
    }),
  );
  const counts = new Map<string, number>();
  const keyOf = ({ png }: LabeledImage) => hashBytes(png);
  for (const image of images) counts.set(keyOf(image), (counts.get(keyOf(image)) ?? 0) + 1);
  return images.filter((image) => counts.get(keyOf(image)) === 1);
}
