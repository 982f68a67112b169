import type { LoggedImage, Point, Training } from '../src/index.ts';

export const NOW = 1_700_000_000.5;

/** A key is a SHA-256. */
export const training: Training = {
  name: 'train[small-net,seed=1,fold=0]',
  key: '0123456789abcdef'.repeat(4),
  competition: 'leaves',
  step: 0,
  settings: { epochs: 3, optimizer: { name: 'adamw' }, augment: [] },
};

/** Numbers that 32 bits cannot hold, and those that are none. */
export const points: Point[] = [
  { step: 5, values: { 'train/loss': 0.1 + 0.2, learning_rate: 1e-3 / 3 } },
  { step: 10, values: { 'epoch/number': 1, 'epoch/train_loss': 1 / 3, 'validation/loss': Number.NaN } },
  { step: 10, values: { 'train/loss': 1e-300 } },
  { step: 20, values: { 'epoch/number': 2, 'epoch/train_loss': Math.PI, 'validation/loss': 1 / 7 } },
];

const PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC',
  'base64',
);
export const image: LoggedImage = {
  png: PIXEL,
  width: 1,
  height: 1,
  caption: 'a.png: oak, predicted as elm',
};

/** By tag, the values of each step in order. */
export function curvesOf(given: readonly Point[]): Record<string, [step: number, value: number][]> {
  const curves: Record<string, [number, number][]> = {};
  for (const { step, values } of given) {
    for (const [tag, value] of Object.entries(values)) {
      curves[tag] ??= [];
      curves[tag].push([step, value]);
    }
  }
  return curves;
}
