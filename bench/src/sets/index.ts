import { defineRegistry, type Registry } from '@podium/core';
import { animals } from './animals.ts';
import { digits, food } from './demos.ts';
import { icons } from './icons.ts';
import type { ImageSet } from './image-set.ts';
import { letters } from './letters.ts';
import { masks60, masks200, masks1000 } from './masks.ts';
import { people, peopleOfAnotherArtist } from './people.ts';

/** Sets of images to develop on, of kinds as different as possible. */
export const imageSets: Registry<ImageSet> = defineRegistry(
  [animals, digits, food, icons, letters, masks60, masks200, masks1000, people, peopleOfAnotherArtist],
  { kind: 'image set' },
);
