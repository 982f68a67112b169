import type { InputRule, TransferCase } from '@podium/model-zoo';
import type { ViewName } from '../models/views.ts';
import type { ChangeComparison } from '../stages/changes/compare-changed.ts';
import { trainsMirrored } from './augmentation.ts';
import type { RecipeContext } from './field.ts';
import type { Augmentation } from './shared-schemas.ts';
import { NOT_FOR_PROBES } from './unused-settings.ts';

/** How a model is trained: by what was measured, where it has pretrained weights. */
export function defaultMethod(context: RecipeContext): 'probe' | 'transfer' | 'full' {
  const { weights, recommendation, isMultiLabel, given, resolved, decide } = context;
  if (weights === undefined)
    return decide(
      'full' as const,
      'there are no pretrained weights, so everything is learned from these images',
    );
  const measured = resolved.pretrain === undefined ? recommendation : null;
  const isSimilar = measured?.case.endsWith('-similar') === true && !isMultiLabel;
  const trained = NOT_FOR_PROBES.find((key) => given.has(key));
  if (isSimilar && trained !== undefined)
    return decide(
      'transfer' as const,
      `${trained} is set, which frozen features have no use for, although they separate the classes`,
    );
  if (isSimilar)
    return decide('probe' as const, `${measured.case}: the frozen features already separate the classes`);
  return decide(
    'transfer' as const,
    measured === null ? 'fine-tuning is the usual way' : `${measured.case}: the features need to change`,
  );
}

/** Which layers are frozen until when; undefined where nothing is. */
export function defaultPlan(context: RecipeContext): TransferCase | undefined {
  const { recommendation, resolved, decide } = context;
  if (resolved.method !== 'transfer') return undefined;
  return decide(
    recommendation?.case ?? 'little-dissimilar',
    recommendation === null ? 'nothing could be measured, so the most careful plan' : 'as measured',
  );
}

/** Nothing is known of a model of your own. */
const USER_MODEL: InputRule = { fixed: false, minimum: 16, maximum: 96, multipleOf: 4 };

/** Side of the input in pixels. */
export function defaultImageSize(context: RecipeContext): number {
  const { entry, weights, preset, dataset, resolved, decide } = context;
  const { side } = dataset.format;
  const { minimum, maximum, multipleOf, fixed } = entry?.inputRule ?? USER_MODEL;
  if (maximum !== undefined) {
    const size = Math.max(minimum, Math.min(Math.floor(side / multipleOf) * multipleOf, maximum));
    return decide(
      size,
      `the images' shorter side is ${side}, and ${maximum} pixels are enough for this network`,
    );
  }
  const native = weights?.input.imageSize[0] ?? entry!.imageSize;
  if (resolved.method === 'probe' || fixed) return decide(native, 'what the pretrained network expects');
  const size = Math.min(native, preset.trainingSize);
  return decide(
    size,
    size < native ? `preset ${preset.name} trains on smaller images` : 'what the network was designed for',
  );
}

/** Augmentation by the method and the size of the images. */
export function defaultAugment(context: RecipeContext): Augmentation {
  const { dataset, resolved, decide } = context;
  if (resolved.method === 'probe') return 'none';
  if (isSmall(dataset.format.side)) {
    return decide(
      [{ affine: { degrees: 10, translate: 0.08, scale: [0.9, 1.1], shear: 5 } }],
      'small images, such as digits, must not be flipped or cropped',
      'shifts and small rotations',
    );
  }
  if (resolved.method === 'full') return decide('medium' as const, 'initial weights need variety');
  const name = dataset.rows < 2000 ? ('light' as const) : ('medium' as const);
  return decide(name, `${dataset.rows} training images`);
}

/**
 * Whether images are mirrored left to right in training and, as a view, in prediction: where that was measured to leave their
 * classes alone.
 */
export function defaultFlip({ dataset, changes, given, resolved, decide }: RecipeContext): boolean {
  if (isSmall(dataset.format.side) && !given.has('augment'))
    return decide(false, 'small images, such as digits, must not be mirrored');
  // A list of your own, or your own code, says itself what it does.
  if (typeof resolved.augment !== 'string') return false;
  if (changes === undefined)
    return decide(false, 'it was not measured whether mirrored images keep their classes');
  if (changes === null)
    return decide(false, 'there are too few images to tell whether mirrored ones keep their classes');
  const { keepsClasses } = changes.mirrored;
  const shares = sharesOf(changes.mirrored, 'mirrored');
  return decide(keepsClasses, keepsClasses ? shares : `mirrored images lose their classes: ${shares}`);
}

/** Whether augmentation presets change colors: unless colors were measured to tell classes apart. */
export function defaultColors({ dataset, changes, given, resolved, decide }: RecipeContext): boolean {
  const { augment } = resolved;
  if (augment === 'none') return true;
  if (isSmall(dataset.format.side) && !given.has('augment'))
    return decide(true, 'it was not measured on small images');
  // A list of your own, or your own code, says itself what it does.
  if (typeof augment !== 'string') return true;
  if (changes === undefined)
    return decide(true, 'it was not measured whether images keep their classes without colors');
  if (changes === null)
    return decide(true, 'there are too few images to tell whether they keep their classes without colors');
  const { keepsClasses } = changes.gray;
  const shares = sharesOf(changes.gray, 'without colors');
  return decide(keepsClasses, keepsClasses ? shares : `colors tell classes apart: ${shares}`);
}

function sharesOf({ whole, changed, images }: ChangeComparison, how: string): string {
  return `a simple classifier is right on ${percent(whole)} of ${images} images as they are and ${percent(changed)} ${how}`;
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}

/** Views of prediction: those of the preset, mirrored ones only where training mirrors (or, of frozen features, may mirror). */
export function defaultViews({ preset, dataset, resolved, decide }: RecipeContext): ViewName[] {
  const { method, augment, flip } = resolved;
  if (isSmall(dataset.format.side))
    return decide(['whole'], 'small images, such as digits, are predicted as they are', 'whole');
  const mirrors = method === 'probe' ? flip : trainsMirrored({ augment, flip });
  const views = preset.views.filter((view) => view !== 'flip' || mirrors);
  const shown = views.join(', ');
  if (views.length === preset.views.length) return decide(views, `preset ${preset.name}`, shown);
  const why =
    method === 'probe' ? 'mirrored images may lose their classes' : 'training does not mirror images';
  return decide(views, `preset ${preset.name}; no mirrored view, since ${why}`, shown);
}

/** Images this small are neither flipped nor cropped, in training or in prediction. */
export function isSmall(side: number): boolean {
  return side <= 48;
}
