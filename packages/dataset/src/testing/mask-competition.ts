import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Rng } from '@podium/core';
import sharp from 'sharp';

/** Options of {@link writeMaskCompetition}. */
export interface MaskCompetitionOptions {
  /** Number of training people, with seven photographs each. */
  readonly people: number;
  readonly testPeople?: number;
  readonly seed?: number;
  readonly width?: number;
  readonly height?: number;
}

interface Face {
  readonly gender: 'male' | 'female';
  readonly race: string;
  readonly age: number;
  readonly skin: string;
  readonly hair: string;
  readonly shirt: string;
  readonly mask: string;
  /** Half the width and height of the face, in an image of width 100. */
  readonly wide: number;
  readonly high: number;
  /** Half the distance between the eyes. */
  readonly eyes: number;
  /** Extent of hair and shoulders. */
  readonly fringe: number;
  readonly shoulders: number;
}

const SKIN: Readonly<Record<string, readonly string[]>> = {
  Asian: ['#f1c9a5', '#e6b98f'],
  Black: ['#8d5524', '#6b4423'],
  Caucasian: ['#ffe0bd', '#f6d3b3'],
};
const HAIR = ['#1b1b1b', '#3b2414', '#6a4e2f', '#a9743c'];
const MASKS = ['#e8f0f4', '#a9cfe4', '#222222', '#f7f7f7'];
const PHOTOS = ['mask1', 'mask2', 'mask3', 'mask4', 'mask5', 'incorrect_mask', 'normal'] as const;
const EXTENSIONS = ['jpg', 'jpg', 'jpeg', 'png'] as const;

/**
 * Writes a small mask competition with drawn faces into `folder`: `train/train.csv`, `train/images/<person>/...`,
 * `eval/info.csv`, `eval/images/`, hidden `._*` files, and `answers.csv` with the test classes, for scoring. The same seed
 * draws the same images.
 */
export async function writeMaskCompetition(folder: string, options: MaskCompetitionOptions): Promise<void> {
  const { people, testPeople = 0, seed = 1, width = 96, height = 128 } = options;
  const rng = Rng.fromSeed(seed);
  const train = ['id,gender,race,age,path'];
  const jobs: (() => Promise<void>)[] = [];
  const size = { width, height };
  mkdirSync(join(folder, 'eval/images'), { recursive: true });
  for (let n = 1; n <= people; n++) {
    const personRng = rng.split('train', n);
    const face = makeFace(personRng);
    const id = String(n).padStart(6, '0');
    const name = `${id}_${face.gender}_${face.race}_${face.age}`;
    train.push(`${id},${face.gender},${face.race},${face.age},${name}`);
    const place = join(folder, 'train/images', name);
    mkdirSync(place, { recursive: true });
    for (const photo of PHOTOS) {
      const extension = personRng.split(photo, 'extension').choice(EXTENSIONS);
      writeFileSync(join(place, `._${photo}.${extension}`), 'Mac OS X');
      jobs.push(() => draw(join(place, `${photo}.${extension}`), face, photo, personRng.split(photo), size));
    }
  }
  const info = ['ImageID,ans'];
  const answers = ['ImageID,ans'];
  for (let n = 1; n <= testPeople; n++) {
    const personRng = rng.split('test', n);
    const face = makeFace(personRng);
    for (const photo of PHOTOS) {
      const id = `${personRng.split(photo, 'name').uint32().toString(16).padStart(8, '0')}.jpg`;
      info.push(`${id},0`);
      answers.push(`${id},${classOf(photo, face)}`);
      jobs.push(() => draw(join(folder, 'eval/images', id), face, photo, personRng.split(photo), size));
    }
  }
  writeFileSync(join(folder, 'train/train.csv'), `${train.join('\n')}\n`);
  writeFileSync(join(folder, 'eval/info.csv'), `${info.join('\n')}\n`);
  writeFileSync(join(folder, 'answers.csv'), `${answers.join('\n')}\n`);
  // One after the other, for bounded memory; drawing is fast.
  for (const job of jobs) await job();
}

function classOf(photo: string, { gender, age }: Face): number {
  const mask = photo === 'normal' ? 2 : photo === 'incorrect_mask' ? 1 : 0;
  return mask * 6 + (gender === 'female' ? 3 : 0) + (age >= 60 ? 2 : age >= 30 ? 1 : 0);
}

function makeFace(rng: Rng): Face {
  const race = rng.choice(Object.keys(SKIN));
  const age = rng.choice([18, 20, 22, 25, 28, 33, 41, 48, 52, 57, 60, 60]);
  return {
    gender: rng.bool() ? 'female' : 'male',
    race,
    age,
    skin: rng.choice(SKIN[race]!),
    hair: age >= 60 ? rng.choice(['#c9c9c9', '#e3e3e3']) : rng.choice(HAIR),
    shirt: `hsl(${rng.int(360)},50%,${30 + rng.int(40)}%)`,
    mask: rng.choice(MASKS),
    wide: 23 + rng.int(11),
    high: 32 + rng.int(11),
    eyes: 8 + rng.int(6),
    fringe: 16 + rng.int(20),
    shoulders: 28 + rng.int(16),
  };
}

async function draw(
  path: string,
  face: Face,
  photo: string,
  rng: Rng,
  { width, height }: { width: number; height: number },
): Promise<void> {
  const [dx, dy] = [rng.int(13) - 6, rng.int(13) - 6];
  const wall = `hsl(${rng.int(360)},${10 + rng.int(30)}%,${60 + rng.int(30)}%)`;
  const things = Array.from({ length: 3 }, () => {
    const fill = `hsl(${rng.int(360)},${10 + rng.int(40)}%,${35 + rng.int(60)}%)`;
    return `<rect x="${rng.int(110) - 20}" y="${rng.int(100) - 20}" width="${10 + rng.int(40)}" height="${10 + rng.int(60)}" fill="${fill}"/>`;
  });
  const { wide, high, eyes, fringe, shoulders } = face;
  const long =
    face.gender === 'female'
      ? `<rect x="${44 - wide}" y="42" width="${12 + 2 * wide}" height="${50 + fringe}" rx="26" fill="${face.hair}"/>`
      : '';
  const wrinkles =
    face.age >= 60
      ? '<path d="M36 40h28M38 44h24M28 62l6 3M72 62l-6 3" stroke="#0003" stroke-width="1.5" fill="none"/>'
      : '';
  const worn = photo === 'normal' ? '' : maskShape(face, photo === 'incorrect_mask' ? 84 : 66);
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 100 133"
    preserveAspectRatio="none"><rect width="100" height="133" fill="${wall}"/>${things.join('')}<g transform="translate(${dx},${dy})">
    ${long}<rect x="${50 - shoulders}" y="106" width="${2 * shoulders}" height="60" rx="20" fill="${face.shirt}"/>
    <rect x="40" y="88" width="20" height="28" fill="${face.skin}"/>
    <ellipse cx="50" cy="66" rx="${wide}" ry="${high}" fill="${face.skin}"/>
    <path d="M${49 - wide} 60a${wide + 1} ${high - 4} 0 0 1 ${2 * wide + 2} 0q${-wide} ${-fringe} ${-2 * wide - 2} 0"
    fill="${face.hair}"/>${wrinkles}
    <circle cx="${50 - eyes}" cy="58" r="3.2" fill="#222"/><circle cx="${50 + eyes}" cy="58" r="3.2" fill="#222"/>
    <path d="M50 62l-4 13h8z" fill="#0002"/><path d="M40 86q10 7 20 0" stroke="#a33" stroke-width="3" fill="none"/>
    ${worn}</g></svg>`;
  const noise = rng.split('noise');
  const { data, info } = await sharp(Buffer.from(svg))
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  for (let i = 0; i < data.length; i++) {
    data[i] = Math.max(0, Math.min(255, data[i]! + noise.int(13) - 6));
  }
  await sharp(data, { raw: { width: info.width, height: info.height, channels: 3 } }).toFile(path);
}

function maskShape({ mask, wide }: Face, top: number): string {
  const [left, right] = [53 - wide, 47 + wide];
  const middle = right - left;
  return `<path d="M${left} ${top}q${middle / 2} -8 ${middle} 0l-4 26q${4 - middle / 2} 18 ${8 - middle} 0z" fill="${mask}"/>
    <path d="M${left} ${top}l-4 -6M${right} ${top}l4 -6" stroke="${mask}" stroke-width="2"/>`;
}
