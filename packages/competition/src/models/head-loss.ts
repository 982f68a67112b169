import type { Head, ManifestRow } from '@podium/dataset';
import { balancedClassWeights, type Head as LossHead, type LossOptions } from '@podium/training';
import { z } from 'zod';

export const lossSettings = {
  /** Name of a loss; by the head's task where left out. */
  loss: z.string().optional(),
  labelSmoothing: z.number().min(0).max(1).default(0),
  classWeights: z.enum(['none', 'balanced']).default('none'),
  headWeights: z.record(z.string(), z.number().positive()).default({}),
};

interface LossSettings {
  readonly loss?: string | undefined;
  readonly labelSmoothing: number;
  readonly classWeights: 'none' | 'balanced';
  readonly headWeights: Readonly<Record<string, number>>;
}

/** A head with its loss, by settings; balanced weights are those of the rows that train. */
export function headLoss(
  { name, classes, task }: Head,
  rows: readonly ManifestRow[],
  { loss, labelSmoothing, classWeights, headWeights }: LossSettings,
): LossHead {
  const kind = loss ?? (task === 'single-label' ? 'cross-entropy' : 'binary-cross-entropy');
  const weights =
    classWeights === 'balanced' && task === 'single-label'
      ? { classWeights: balanced(name, classes, rows) }
      : {};
  const smoothing = labelSmoothing > 0 && kind === 'cross-entropy' ? { labelSmoothing } : {};
  return {
    name,
    classes: classes.length,
    weight: headWeights[name] ?? 1,
    loss: { name: kind, ...smoothing, ...weights } as LossOptions,
  };
}

function balanced(head: string, classes: readonly string[], rows: readonly ManifestRow[]): number[] {
  const counts = classes.map(() => 0);
  for (const { labels } of rows) {
    const k = classes.indexOf(String(labels[head]));
    if (k >= 0) counts[k] = counts[k]! + 1;
  }
  return balancedClassWeights(counts, { method: 'effective' });
}
