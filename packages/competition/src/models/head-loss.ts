import type { Head, ManifestRow } from '@podium/dataset';
import {
  balancedClassWeights,
  createHeadsLoss,
  type HeadsLoss,
  type Head as LossHead,
  type LossOptions,
  losses,
} from '@podium/training';
import { type Named, nameAndOptions } from '../recipe/shared-schemas.ts';

interface LossSettings {
  /** Default: cross-entropy, or binary cross-entropy for several labels per image. */
  readonly loss?: Named;
  readonly labelSmoothing: number;
  readonly classWeights: 'none' | 'balanced';
  /** By head; default 1. */
  readonly headWeights: Readonly<Record<string, number>>;
}

/** The loss of all heads, by settings. @param rows those that train: balanced weights are theirs */
export function trainingLoss(
  heads: readonly Head[],
  rows: readonly ManifestRow[],
  settings: LossSettings,
): HeadsLoss {
  return createHeadsLoss(heads.map((head) => headLoss(head, rows, settings)));
}

/** A loss for predicting, where only the heads matter. */
export function evaluationLoss(heads: readonly Head[]): HeadsLoss {
  return trainingLoss(heads, [], { labelSmoothing: 0, classWeights: 'none', headWeights: {} });
}

function headLoss(
  { name, classes, task }: Head,
  rows: readonly ManifestRow[],
  { loss, labelSmoothing, classWeights, headWeights }: LossSettings,
): LossHead {
  const isSingle = task === 'single-label';
  const given = nameAndOptions(loss ?? (isSingle ? 'cross-entropy' : 'binary-cross-entropy'));
  const { shape } = losses.get(given.name).settings;
  return {
    name,
    classes: classes.length,
    task,
    weight: Object.hasOwn(headWeights, name) ? headWeights[name]! : 1,
    loss: {
      name: given.name,
      ...('labelSmoothing' in shape && labelSmoothing > 0 && { labelSmoothing }),
      ...('classWeights' in shape &&
        classWeights === 'balanced' &&
        isSingle && { classWeights: balancedWeights(name, classes, rows) }),
      ...given.options,
    } as LossOptions,
  };
}

function balancedWeights(head: string, classes: readonly string[], rows: readonly ManifestRow[]): number[] {
  const counts = classes.map(() => 0);
  for (const { labels } of rows) {
    const k = Object.hasOwn(labels, head) ? classes.indexOf(String(labels[head])) : -1;
    if (k >= 0) counts[k] = counts[k]! + 1;
  }
  return balancedClassWeights(counts, { method: 'effective' });
}
