import { join } from 'node:path';
import { removeFile } from '@podium/core';
import { readTable } from '@podium/dataset';
import { writeMaskCompetition } from '@podium/dataset/testing';
import type { Answer, ImageSet } from './image-set.ts';

/** In the table, the images of a person follow each other. */
const IMAGES_PER_PERSON = 7;

export const masks60: ImageSet = masks(60);
export const masks200: ImageSet = masks(200);
export const masks1000: ImageSet = masks(1000);

/** Drawn faces of so many people for training, and a third as many others for testing. */
function masks(people: number): ImageSet {
  return {
    name: `masks-${people}`,
    summary: `drawn faces of ${people} people: mask x gender x age; people are groups`,
    license: 'MIT',
    source: 'drawn by Podium',
    write: async (folder) => {
      await writeMaskCompetition(folder, { people, testPeople: Math.round(people / 3) });
      const file = join(folder, 'answers.csv');
      const answers: Answer[] = [];
      await readTable(file, () => ({ cells: [id, label] }) => {
        answers.push([id!, label!, `person ${Math.floor(answers.length / IMAGES_PER_PERSON)}`]);
      });
      await removeFile(file);
      return answers;
    },
  };
}
