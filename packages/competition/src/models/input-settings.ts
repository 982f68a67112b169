import { imagenetInput, type ResolvedWeights } from '@podium/model-zoo';
import { z } from 'zod';

/** How images are normalized and resized for a model: a setting of every stage that builds one. */
export const inputSchema = z.strictObject({
  mean: z.array(z.number()).length(3),
  std: z.array(z.number().positive()).length(3),
  interpolation: z.enum(['nearest', 'bilinear', 'bicubic', 'lanczos3']),
});
export type InputSettings = z.output<typeof inputSchema>;

/** What the weights were trained with; ImageNet's statistics where there are none. */
export function inputSettings(weights: ResolvedWeights | undefined, imageSize = 224): InputSettings {
  const { mean, std, interpolation } = weights?.input ?? imagenetInput(imageSize);
  return { mean: [...mean], std: [...std], interpolation };
}
