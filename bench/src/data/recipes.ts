export const SIZE = 224;
export const BATCH = 32;

/** The augmentation as data for @podium/augment; peer.py has the same for the other libraries. */
export const recipes = {
  crop: [{ randomResizedCrop: { size: SIZE } }, 'horizontalFlip'],
  jitter: [
    { randomResizedCrop: { size: SIZE } },
    'horizontalFlip',
    { colorJitter: { brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1 } },
  ],
  randaugment: [
    { randomResizedCrop: { size: SIZE } },
    'horizontalFlip',
    { randAugment: { n: 2, m: 9, operationP: 1 } },
  ],
} as const;

export type RecipeName = keyof typeof recipes;
export const recipeNames: readonly RecipeName[] = ['crop', 'jitter', 'randaugment'];
