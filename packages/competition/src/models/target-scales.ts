import { PodiumError, parseJson } from '@podium/core';
import type { HeadsLoss, TargetScale } from '@podium/training';
import { z } from 'zod';
import type { TargetScales } from './head-loss.ts';

/** Where a file of weights says what its heads of numbers were standardized by. */
const KEY = 'scales';

const schema = z.record(
  z.string(),
  z.object({ mean: z.array(z.number()), std: z.array(z.number().positive()) }),
);

/** What the heads of numbers were standardized by, as text beside the weights; nothing without such heads. */
export function scalesText({ heads }: HeadsLoss): Readonly<Record<string, string>> {
  return textOf(heads.flatMap(({ name, scale }) => (scale === undefined ? [] : [[name, scale] as const])));
}

/** As {@link scalesText}, of these heads. */
export function textOf(
  scales: readonly (readonly [head: string, scale: TargetScale])[],
): Readonly<Record<string, string>> {
  return scales.length === 0 ? {} : { [KEY]: JSON.stringify(Object.fromEntries(scales)) };
}

/**
 * Reads it again.
 * @param file for messages
 * @throws PodiumError `weights-scales`
 */
export function scalesOf(metadata: ReadonlyMap<string, string>, file: string): TargetScales {
  const text = metadata.get(KEY);
  if (text === undefined) return {};
  try {
    return schema.parse(parseJson(text));
  } catch (cause) {
    throw new PodiumError(
      {
        code: 'weights-scales',
        path: { file, key: KEY },
        expected: 'a mean and a standard deviation per column of each head of numbers',
        got: text.slice(0, 80),
        fix: 'delete the file, and rerun the stage that wrote it',
      },
      { cause },
    );
  }
}
