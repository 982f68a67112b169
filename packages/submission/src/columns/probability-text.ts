import type { Predictions } from '@podium/core';
import { z } from 'zod';
import type { Choice } from '../forms/form.ts';

export const decimalsSchema: z.ZodOptional<z.ZodInt> = z
  .int()
  .min(1)
  .max(15)
  .optional()
  .describe('decimals of each probability; default: the fewest that give back the same float32');

export const decimalsChoice: Choice = {
  key: 'decimals',
  value: 'as few as give back the same float32',
  reason: 'the default',
};

/** Probabilities as they are, logits through softmax (single-label) or sigmoid (multi-label). */
export function toProbabilities(predictions: Predictions): Predictions {
  if (predictions.kind !== 'logits') return predictions;
  return predictions.task === 'single-label' ? predictions.softmax() : predictions.sigmoid();
}

/** A probability as text, clamped to [0, 1]: rounded to `decimals`, or the shortest text that is the same float32. */
export function probabilityText(value: number, decimals: number | undefined): string {
  const clamped = Math.min(1, Math.max(0, value));
  if (decimals !== undefined) return String(Number(clamped.toFixed(decimals)));
  const single = Math.fround(clamped);
  // Several times as fast as toPrecision. A quotient by a power of ten is the double nearest to the decimal.
  for (let scale = 1e6; scale <= 1e10; scale *= 10) {
    const rounded = Math.round(clamped * scale) / scale;
    if (Math.fround(rounded) === single) return String(rounded);
  }
  // Small numbers. Six digits also cover fewer: `Number` drops trailing zeros.
  for (let digits = 6; digits < 9; digits++) {
    const text = clamped.toPrecision(digits);
    if (Math.fround(Number(text)) === single) return String(Number(text));
  }
  return String(Number(clamped.toPrecision(9)));
}
