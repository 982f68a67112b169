import type { Predictions } from '@podium/core';
import { z } from 'zod';

/** Digits behind the point; default: as many as a float32 needs to be read back the same. */
export const decimalsSchema: z.ZodOptional<z.ZodInt> = z.int().min(1).max(15).optional();

/** Single-label logits through softmax, multi-label ones through sigmoid; probabilities as they are. */
export function probabilitiesOf(predictions: Predictions): Predictions {
  if (predictions.kind === 'probabilities') return predictions;
  return predictions.task === 'single-label' ? predictions.softmax() : predictions.sigmoid();
}

/** A probability as text: the shortest that is the same float32, or rounded; within [0, 1]. */
export function probabilityText(value: number, decimals: number | undefined): string {
  const inside = Math.min(1, Math.max(0, value));
  if (decimals !== undefined) return String(Number(inside.toFixed(decimals)));
  const single = Math.fround(inside);
  // Arithmetic is several times as fast as toPrecision; a quotient by a power of ten is the double next to the decimal.
  for (let scale = 1e6; scale <= 1e10; scale *= 10) {
    const rounded = Math.round(inside * scale) / scale;
    if (Math.fround(rounded) === single) return String(rounded);
  }
  // Small ones; what fewer digits can say, six say too, with zeros that `Number` takes away.
  for (let digits = 6; digits < 9; digits++) {
    const text = inside.toPrecision(digits);
    if (Math.fround(Number(text)) === single) return String(Number(text));
  }
  return String(Number(inside.toPrecision(9)));
}
