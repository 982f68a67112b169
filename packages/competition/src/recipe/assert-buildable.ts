import { PodiumError } from '@podium/core';
import { buildModel, models as zoo } from '@podium/model-zoo';
import type { ResolvedModel } from './resolve-config.ts';

/** Names of the zoo's options, by those of settings. */
const SETTING: ReadonlyMap<string, string> = new Map([['globalPool', 'pooling']]);

/**
 * Checks, by shapes alone, that a network of the zoo takes what was chosen for it: pooling, dropout, image size.
 * @param path where its settings stand
 * @throws PodiumError naming the setting
 */
export function assertBuildable(
  { model, imageSize, dropRate, dropPathRate, pooling }: ResolvedModel,
  path: string,
): void {
  if (typeof model !== 'string') return;
  const entry = zoo.get(model);
  const { minimum, multipleOf, fixed } = entry.inputRule;
  const fits = imageSize >= minimum && (!fixed || imageSize % multipleOf === 0);
  if (!fits) {
    throw new PodiumError({
      code: 'setting-invalid',
      path: { key: `${path}.imageSize` },
      message: `the input of ${model}`,
      expected: `at least ${minimum} pixels${fixed && multipleOf > 1 ? `, and a multiple of ${multipleOf}` : ''}`,
      got: String(imageSize),
      fix: `set imageSize: ${nearest(imageSize, minimum, fixed ? multipleOf : 1)}`,
    });
  }
  try {
    const options = { numClasses: 2, imageSize: [imageSize, imageSize] as const, dropRate, dropPathRate };
    buildModel(model, { ...options, globalPool: pooling }).dispose();
  } catch (error) {
    if (!(error instanceof PodiumError)) throw error;
    const key = error.problem.path?.key ?? 'model';
    const { code: _, path: __, ...problem } = error.problem;
    const whole = `${path}.${SETTING.get(key) ?? key}`;
    throw new PodiumError({ code: 'setting-invalid', ...problem, path: { key: whole } }, { cause: error });
  }
}

/** The nearest side that fits. */
function nearest(side: number, minimum: number, multipleOf: number): number {
  return Math.max(Math.ceil(minimum / multipleOf), Math.round(side / multipleOf)) * multipleOf;
}
