import type { ImageSize, Rng } from '@podium/core';
import { z } from 'zod';
import { samplingOf, samplingSettings } from '../settings/pixels.ts';
import { integer, number, probability } from '../settings/ranges.ts';
import { defineTransform, type TransformEntry } from '../transform.ts';
import { eitherSign, type Operation, operate } from './operations.ts';

const OPERATIONS = [
  'autoContrast',
  'equalize',
  'invert',
  'rotate',
  'posterize',
  'solarize',
  'solarizeAdd',
  'color',
  'contrast',
  'brightness',
  'sharpness',
  'shearX',
  'shearY',
  'translateX',
  'translateY',
] as const satisfies readonly Operation[];

/** Operations that move or sharpen what is shown, and leave its colors as they are. */
export const SHAPE_OPERATIONS: readonly Operation[] = [
  'rotate',
  'sharpness',
  'shearX',
  'shearY',
  'translateX',
  'translateY',
];

/**
 * Applies `n` random operations of magnitude `m` of 10, with normal noise of standard deviation `mstd` (Cubuk 2019). The
 * defaults are timm's `rand-m9-n2-mstd0.5-inc1`, which most of its recipes use. With `increasing`, a larger magnitude is a
 * stronger change for every operation. Each operation is applied with probability `operationP`. `operations` leaves out those
 * that change classes, such as colors where these are the class.
 */
export const randAugment: TransformEntry = defineTransform({
  name: 'randAugment',
  summary: 'Applies a few random operations of one magnitude.',
  settings: () => ({
    n: integer(2, { min: 0, max: 15 }),
    m: number(9, { min: 0, max: 10 }),
    mstd: number(0.5, { min: 0, max: 100 }),
    increasing: z.boolean().default(true),
    operationP: probability(0.5),
    operations: z
      .array(z.enum(OPERATIONS))
      .min(1)
      .default([...OPERATIONS]),
    ...samplingSettings(),
  }),
  identity: { n: 0 },
  create: ({ n, m, mstd, increasing, operationP, operations, ...rest }) => {
    const sampling = samplingOf(rest);
    return (start, rng) => {
      let image = start;
      for (let i = 0; i < n; i++) {
        const operation = rng.choice(operations);
        if (!rng.bool(operationP)) continue;
        const drawn = mstd === 0 ? m : rng.normal(m, mstd);
        const level = Math.max(0, Math.min(drawn, 10)) / 10;
        image = operate(image, operation, amountOf(operation, level, increasing, image, rng), sampling);
      }
      return image;
    };
  },
});

/** The operation's amount at a level from 0 to 1: timm's table. */
function amountOf(
  operation: Operation,
  level: number,
  increasing: boolean,
  { width, height }: ImageSize,
  rng: Rng,
): number {
  switch (operation) {
    case 'rotate':
      return eitherSign(level * 30, rng);
    case 'posterize': {
      const bits = Math.trunc(level * 4);
      return increasing ? 4 - bits : bits;
    }
    case 'solarize': {
      const threshold = Math.min(256, Math.trunc(level * 256));
      return increasing ? 256 - threshold : threshold;
    }
    case 'solarizeAdd':
      return Math.min(128, Math.trunc(level * 110));
    case 'color':
    case 'contrast':
    case 'brightness':
    case 'sharpness':
      return increasing ? Math.max(0.1, 1 + eitherSign(level * 0.9, rng)) : level * 1.8 + 0.1;
    case 'shearX':
    case 'shearY':
      return eitherSign(level * 0.3, rng);
    case 'translateX':
      return eitherSign(level * 0.45 * width, rng);
    case 'translateY':
      return eitherSign(level * 0.45 * height, rng);
    default:
      return 0;
  }
}
