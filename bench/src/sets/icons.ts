import { join } from 'node:path';
import { hashBytes, readText } from '@podium/core';
import sharp from 'sharp';
import { unpackNpm } from '../npm-packages.ts';
import type { ImageSet, LabeledImage } from './image-set.ts';
import { testGroups, withScratch, writeImages } from './write-images.ts';

const ICONIFY = '@iconify/json@2.2.535';
const SIZE = 64;
const MARGIN = 4;
const SEED = 'icons';
/** Of icon sets that may be used; sets under other licenses are left out. */
const LICENSES = [
  'MIT',
  'Apache-2.0',
  'ISC',
  'CC0-1.0',
  'CC-BY-4.0',
  'CC-BY-3.0',
  'OFL-1.1',
  'BSD-3-Clause',
  'Unlicense',
];
/** What icons show, by the names that sets have for it. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  bell: ['bell', 'notification'],
  bookmark: ['bookmark'],
  calendar: ['calendar'],
  camera: ['camera'],
  clock: ['clock', 'time'],
  cloud: ['cloud'],
  envelope: ['mail', 'envelope', 'email'],
  flag: ['flag'],
  folder: ['folder'],
  gear: ['settings', 'gear', 'cog'],
  heart: ['heart'],
  house: ['home', 'house'],
  lock: ['lock'],
  magnifier: ['search', 'magnifying-glass'],
  person: ['user', 'person'],
  star: ['star'],
};
/** Endings of the variants of an icon, in order of preference. */
const ENDINGS = [
  '',
  '-outline',
  '-line',
  '-linear',
  '-regular',
  '-24',
  '-bold',
  '-solid',
  '-fill',
  '-filled',
];
/** Sets with fewer of them have something else in mind. */
const LEAST_ICONS = 8;

/** Icons of one color, each set in a style of its own; the sets of an author are a group. */
export const icons: ImageSet = {
  name: 'icons',
  summary: 'icons of one color: what they show; authors are groups',
  license: 'MIT, Apache-2.0, CC-BY-4.0 and others that are free, by icon set',
  source: `icon sets of npm ${ICONIFY}`,
  write: async (folder) =>
    await withScratch(async (scratch) => {
      const [iconify] = await unpackNpm([ICONIFY], scratch);
      const found: { readonly label: string; readonly author: string; readonly png: Buffer }[] = [];
      for (const [prefix, { author }] of await iconSets(iconify!)) {
        const set = JSON.parse(await readText(join(iconify!, 'json', `${prefix}.json`))) as IconSet;
        for (const icon of await drawIcons(set)) found.push({ ...icon, author: author.name });
      }
      // Some sets contain icons of others.
      const different = [...new Map(found.map((icon) => [hashBytes(icon.png), icon])).values()];
      const held = testGroups(
        different.map(({ author }) => author),
        SEED,
      );
      const images = different.map(
        ({ label, author, png }): LabeledImage => ({ label, group: author, isTest: held.has(author), png }),
      );
      return await writeImages(folder, images, SEED);
    }),
};

/** What Iconify says of a set. */
interface SetInfo {
  readonly author: { readonly name: string };
  readonly license: { readonly spdx?: string };
  readonly palette?: boolean;
}

/** Sets of one color under a free license. */
async function iconSets(folder: string): Promise<[prefix: string, SetInfo][]> {
  const all = JSON.parse(await readText(join(folder, 'collections.json'))) as Record<string, SetInfo>;
  const isFree = ({ license, palette }: SetInfo) => palette !== true && LICENSES.includes(license.spdx ?? '');
  return Object.entries(all)
    .filter(([, info]) => isFree(info))
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

/** The parts of Iconify's format that are used. */
interface IconSet {
  readonly icons: Readonly<Record<string, Icon>>;
  readonly aliases?: Readonly<Record<string, { readonly parent: string }>>;
  readonly width?: number;
  readonly height?: number;
}

interface Icon {
  readonly body: string;
  readonly left?: number;
  readonly top?: number;
  readonly width?: number;
  readonly height?: number;
}

async function drawIcons({ icons: own, aliases = {}, width = 16, height = 16 }: IconSet) {
  const iconOf = (name: string) => own[name] ?? own[aliases[name]?.parent ?? ''];
  const found = Object.entries(NAMES).flatMap(([label, names]) => {
    const icon = names
      .flatMap((name) => ENDINGS.map((ending) => iconOf(`${name}${ending}`)))
      .find((each) => each !== undefined);
    return icon === undefined ? [] : [{ label, icon }];
  });
  if (found.length < LEAST_ICONS) return [];
  return await Promise.all(
    found.map(async ({ label, icon }) => {
      const box = [icon.left ?? 0, icon.top ?? 0, icon.width ?? width, icon.height ?? height];
      const side = SIZE - 2 * MARGIN;
      const svg = `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="${box.join(' ')}" width="${side}" height="${side}" color="black">${icon.body}</svg>`;
      const png = await sharp(Buffer.from(svg))
        .resize(side, side, { fit: 'contain', background: 'white' })
        .flatten({ background: 'white' })
        .extend({ top: MARGIN, bottom: MARGIN, left: MARGIN, right: MARGIN, background: 'white' })
        .png()
        .toBuffer();
      return { label, png };
    }),
  );
}
