import type { Case } from './case.ts';
import { type CaseFolder, lines, range } from './case-folder.ts';

const PETS = ['cat', 'dog', 'owl'] as const;
const pet = (i: number): string => PETS[i % 3]!;
const SCENES = ['buildings', 'forest', 'sea'] as const;

/** `place(class)/0.jpg`...: images of classes that take turns. */
async function classFolders(
  folder: CaseFolder,
  classes: readonly string[],
  place: (name: string) => string,
  { count = 45, seed = 0 } = {},
): Promise<void> {
  for (const i of range(count)) {
    const k = i % classes.length;
    await folder.image(`${place(classes[k]!)}/${i}.jpg`, k, seed + i);
  }
}

/** Folders of classes and of splits, and what else lies in them. */
export const folderCases: readonly Case[] = [
  {
    name: 'i03-class-called-train',
    source: 'the class "train" of COCO, CIFAR-100 and VOC',
    draw: (folder) => classFolders(folder, ['bus', 'car', 'train'], (name) => name),
    right: { classes: { label: ['bus', 'car', 'train'] }, rows: 45 },
  },
  {
    name: 'i15-eadir',
    draw: async (folder) => {
      for (const i of range(45)) {
        await folder.image(`train/${pet(i)}/${i}.jpg`, i % 3, i);
        await folder.image(`train/${pet(i)}/@eaDir/${i}.jpg/SYNOPHOTO_THUMB_M.jpg`, i % 3, 500 + i);
        if (i < 6) await folder.image(`train/@eaDir/${i}.jpg/SYNOPHOTO_THUMB_M.jpg`, i % 3, 800 + i);
      }
      await folder.file('train/lost+found/x', '');
      await folder.image('train/.thumbnails/1.png', 0, 999);
    },
    right: { classes: { label: PETS }, rows: 45 },
  },
  {
    name: 'j06-seg-train',
    source: 'Intel Image Classification',
    draw: drawScenes,
    right: { refused: [/seg_pred/, /seg_test/, /data\.options\.test/] },
  },
  {
    name: 'j06b-seg-train-answered',
    source: 'Intel Image Classification',
    draw: drawScenes,
    settings: { data: { options: { test: 'seg_pred' } } },
    right: { classes: { label: SCENES }, rows: 45 },
  },
  {
    name: 'j07-doubled-folders',
    source: 'keras-team/keras#14042',
    draw: async (folder) => {
      const classes = ['cats', 'dogs'];
      await classFolders(folder, classes, (name) => `training_set/training_set/${name}`, { count: 40 });
      await classFolders(folder, classes, (name) => `test_set/test_set/${name}`, { count: 10, seed: 700 });
    },
    right: { classes: { label: ['cats', 'dogs'] }, rows: 40 },
  },
  {
    name: 'j09-labels-in-names',
    source: 'Dogs vs. Cats',
    draw: drawNamedLabels,
    right: { refused: [/cat\|dog/, /submission\.options\.names/] },
  },
  {
    name: 'j09b-labels-in-names-answered',
    source: 'Dogs vs. Cats',
    draw: drawNamedLabels,
    settings: { metric: 'log-loss', submission: { options: { positive: 'dog' } } },
    right: {
      classes: { label: ['cat', 'dog'] },
      rows: 40,
      submission: range(6).map((i) => [String(i + 1), i % 2]),
    },
  },
  {
    name: 'm06-nested-classes',
    source: 'googlecodelabs/tensorflow-for-poets-2#61',
    draw: async (folder) => {
      const place = ['animals/cat', 'animals/dog', 'birds/owl'];
      for (const i of range(45)) await folder.image(`train/${place[i % 3]}/${i}.jpg`, i % 3, i);
    },
    right: { classes: { label: ['animals', 'birds'] }, rows: 45 },
  },
  {
    name: 'm07-class-only-in-test',
    source: 'keras-team/keras#9042',
    draw: async (folder) => {
      await classFolders(folder, PETS, (name) => `train/${name}`);
      await classFolders(folder, [...PETS, 'wolf'], (name) => `test/${name}`, { count: 8, seed: 700 });
    },
    right: { classes: { label: PETS }, told: [/wolf/] },
  },
  {
    name: 's11-litter',
    source: 'deepfakes/faceswap-playground#116',
    draw: async (folder) => {
      const junk = Buffer.from('\0\x05\x16\x07Mac OS X', 'latin1');
      for (const i of range(36)) {
        const name = pet(i);
        await folder.image(`train/${name}/${i}.jpg`, i % 3, i);
        await folder.file(`train/${name}/._${i}.jpg`, junk);
        await folder.file(`__MACOSX/train/${name}/._${i}.jpg`, junk);
        await folder.file(`train/${name}/Thumbs.db`, 'x');
        await folder.file(`train/${name}/.DS_Store`, 'x');
        await folder.file(`train/.ipynb_checkpoints/${i}-checkpoint.jpg`, 'x');
      }
      await folder.file('.DS_Store', 'x');
      for (const i of range(6)) await folder.image(`test/${i}.jpg`, i % 3, 500 + i);
    },
    right: { classes: { label: PETS }, rows: 36 },
  },
  {
    name: 's12-empty-class',
    source: 'pytorch/vision#4925',
    draw: async (folder) => {
      await classFolders(folder, ['cat', 'dog'], (name) => `train/${name}`, { count: 24 });
      await folder.folder('train/owl');
      await folder.file('train/emu/readme.txt', 'none yet');
      for (const i of range(6)) await folder.image(`test/${i}.jpg`, i % 2, 500 + i);
    },
    right: { classes: { label: ['cat', 'dog'] }, told: [/owl/, /emu/] },
  },
  {
    name: 's13-numeric-folders',
    source: 'pytorch/vision#714',
    draw: async (folder) => {
      for (const i of range(72)) await folder.image(`train/${i % 12}/${i}.png`, i % 12, i);
      for (const i of range(12)) await folder.image(`test/${i}.png`, i, 900 + i);
      await folder.file('sample_submission.csv', lines('id,label', ...range(12).map((i) => `${i}.png,0`)));
    },
    right: {
      classes: { label: range(12).map(String) },
      submission: range(12).map((i) => [`${i}.png`, String(i)]),
    },
  },
  {
    name: 'n03-lost-zeros-of-folders',
    draw: async (folder) => {
      const name = (i: number) => String(i).padStart(4, '0');
      for (const i of range(36)) await folder.image(`train/${pet(i)}/${name(i)}.png`, i % 3, i);
      for (const i of range(12)) await folder.image(`test/${name(i)}.png`, i % 3, 700 + i);
      await folder.file('sample_submission.csv', lines('id,label', ...range(12).map((i) => `${i},cat`)));
    },
    right: {
      told: [/data\.options\.pad: 4/],
      submission: range(12).map((i) => [String(i), pet(i)]),
    },
  },
];

async function drawScenes(folder: CaseFolder): Promise<void> {
  await classFolders(folder, SCENES, (name) => `seg_train/seg_train/${name}`);
  await classFolders(folder, SCENES, (name) => `seg_test/seg_test/${name}`, { count: 18, seed: 700 });
  for (const i of range(9)) await folder.image(`seg_pred/seg_pred/${i}.jpg`, i % 3, 900 + i);
}

async function drawNamedLabels(folder: CaseFolder): Promise<void> {
  for (const i of range(40)) await folder.image(`train/${i % 2 ? 'dog' : 'cat'}.${i}.jpg`, i % 2, i);
  for (const i of range(6)) await folder.image(`test1/${i + 1}.jpg`, i % 2, 700 + i);
  await folder.file('sampleSubmission.csv', lines('id,label', ...range(6).map((i) => `${i + 1},0`)));
}
