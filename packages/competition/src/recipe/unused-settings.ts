import { PodiumError, type PredictionTask } from '@podium/core';
import { losses } from '@podium/training';
import { DEFAULT_LOSS } from '../models/head-loss.ts';
import { type Named, nameAndOptions } from './shared-schemas.ts';

/** Settings of training that a probe, which is fitted to frozen features, has no use for. */
export const NOT_FOR_PROBES = [
  'trainable',
  'lora',
  'epochs',
  'accumulate',
  'optimizer',
  'learningRate',
  'weightDecay',
  'schedule',
  'warmup',
  'loss',
  'labelSmoothing',
  'classWeights',
  'sampler',
  'augment',
  'colors',
  'mixup',
  'cutmix',
  'swa',
  'soup',
  'ema',
  'earlyStopping',
  'clipNorm',
  'dropRate',
  'dropPathRate',
  'recompute',
  'seeds',
] as const;

/** Settings that only the zoo's networks take: your own function decides about its network. */
const NOT_FOR_USER_MODELS = ['dropRate', 'dropPathRate', 'pooling', 'pretrained'] as const;

/** What settings are used for. */
interface SettingsUse {
  /** Undefined where it is not decided yet. */
  readonly method: 'probe' | 'transfer' | 'full' | undefined;
  readonly loss: Named | undefined;
  readonly augment: unknown;
  /** Of the heads that are trained. */
  readonly tasks: readonly PredictionTask[];
  readonly isUserModel: boolean;
}

/** Settings of one model, and what they are used for. */
interface ModelUse {
  readonly name: string;
  /** Its own settings, beside those for all models. */
  readonly own: Readonly<Record<string, unknown>>;
  /** Where its own settings stand: `models[0]`; undefined for a model of the preset. */
  readonly path: string | undefined;
  readonly use: SettingsUse;
}

/**
 * Refuses settings without effect: those of a model for which it has no use, and those for all that no model uses or that each
 * model has by itself.
 * @returns settings for all that only some models use, with the names of the others
 * @throws PodiumError `setting-unused`
 */
export function assertUsed(
  train: Readonly<Record<string, unknown>>,
  models: readonly ModelUse[],
): { readonly name: string; readonly unused: UnusedSetting }[] {
  const partly: { name: string; unused: UnusedSetting }[] = [];
  for (const { name, own, path, use } of models) {
    const [first] = path === undefined ? [] : unusedSettings(own, use);
    if (first !== undefined) throw unusedSetting(first, `${path}.${first.key}`, own);
    for (const unused of unusedSettings(train, use))
      if (own[unused.key] === undefined) partly.push({ name, unused });
  }
  for (const [key, value] of Object.entries(train)) {
    if (value === undefined || models.some(({ own }) => own[key] === undefined)) continue;
    const all = models.length === 1 ? 'the only model has its own' : 'every model has its own';
    const fix = `set models[0].${key} instead, or leave it out`;
    throw unusedSetting({ key, message: all, fix }, `train.${key}`, train);
  }
  for (const { unused } of partly) {
    const count = partly.filter((other) => other.unused.key === unused.key).length;
    if (count === models.length) throw unusedSetting(unused, `train.${unused.key}`, train);
  }
  return partly;
}

function unusedSetting(
  { key, message, fix }: UnusedSetting,
  path: string,
  given: Readonly<Record<string, unknown>>,
): PodiumError {
  return new PodiumError({
    code: 'setting-unused',
    path: { key: path },
    message,
    expected: 'nothing',
    got: JSON.stringify(given[key]),
    fix,
  });
}

/** A setting without effect, and what it would take. */
export interface UnusedSetting {
  readonly key: string;
  readonly message: string;
  readonly fix: string;
}

/** Which of the settings that were written have no effect with what was chosen: the method, the loss, the task, the model. */
function unusedSettings(
  given: Readonly<Record<string, unknown>>,
  { method, loss, augment, tasks, isUserModel }: SettingsUse,
): UnusedSetting[] {
  const found: UnusedSetting[] = [];
  const add = (key: string, message: string, fix: string) => {
    if (isWritten(given, key) && !found.some((unused) => unused.key === key))
      found.push({ key, message, fix });
  };
  if (method === 'probe') {
    for (const key of NOT_FOR_PROBES) {
      add(
        key,
        'a probe on frozen features has no use for it',
        'leave it out, or set method: transfer to train the network',
      );
    }
  } else if (method !== undefined) {
    add(
      'probeC',
      `method ${method} has no use for the strength of a probe`,
      'leave it out, or set method: probe',
    );
  }
  if (method === 'full' || method === 'probe')
    add('plan', `method ${method} freezes no layers by a plan`, 'leave it out, or set method: transfer');
  if (isUserModel) {
    for (const key of NOT_FOR_USER_MODELS) {
      add(
        key,
        'a model of your own is built by your function, which does not get it',
        'leave it out, and pass it as model.argument',
      );
    }
  }
  const single = tasks.filter((task) => task === 'single-label').length;
  const names = new Set(tasks.map((task) => nameOf(loss, task)));
  const lossNames = [...names].map((name) => JSON.stringify(name)).join(' and ');
  if (![...names].some((name) => shapeHas(name, 'labelSmoothing')))
    add(
      'labelSmoothing',
      `the loss ${lossNames} has no label smoothing`,
      'leave it out, or choose a loss with it, such as cross-entropy',
    );
  if (given.classWeights === 'balanced') {
    if (single === 0)
      add(
        'classWeights',
        tasks.includes('regression')
          ? 'numbers have no weights by class'
          : 'images with several labels have no weights by class',
        tasks.includes('regression')
          ? 'leave it out'
          : 'leave it out, or set loss: { name: binary-cross-entropy, positiveWeights: [...] }',
      );
    else if (!shapeHas(nameOf(loss, 'single-label'), 'classWeights'))
      add(
        'classWeights',
        `the loss ${JSON.stringify(nameOf(loss, 'single-label'))} has no weights by class`,
        'leave it out, or choose a loss with them: cross-entropy or focal',
      );
  }
  if (augment !== undefined && (typeof augment !== 'string' || (augment === 'none' && method !== 'probe')))
    add(
      'flip',
      typeof augment === 'string'
        ? 'without augmentation nothing is mirrored'
        : 'augmentation of your own says itself what it mirrors',
      typeof augment === 'string'
        ? 'leave it out'
        : 'leave it out, and add { horizontalFlip: {} } to the list',
    );
  if (augment !== undefined && (typeof augment !== 'string' || augment === 'none'))
    add(
      'colors',
      typeof augment === 'string'
        ? 'without augmentation no colors are changed'
        : 'augmentation of your own says itself what it changes',
      'leave it out',
    );
  return found;
}

/** Whether a loss, by default cross-entropy, has a setting. */
export function hasSetting(loss: Named | undefined, setting: string): boolean {
  return shapeHas(nameOf(loss, 'single-label'), setting);
}

/** The loss of a head, by its name. */
function nameOf(loss: Named | undefined, task: PredictionTask): string {
  return loss === undefined ? DEFAULT_LOSS[task] : nameAndOptions(loss).name;
}

function shapeHas(name: string, setting: string): boolean {
  return losses.has(name) && setting in losses.get(name).settings.shape;
}

/** Whether a setting was written with a value that does something. */
function isWritten(given: Readonly<Record<string, unknown>>, key: string): boolean {
  const value = Object.hasOwn(given, key) ? given[key] : undefined;
  return value !== undefined && !isNothing(key, value);
}

/** What says that nothing is wanted, which is what happens. */
function isNothing(key: string, value: unknown): boolean {
  if (['mixup', 'cutmix', 'ema', 'labelSmoothing', 'dropRate', 'dropPathRate', 'warmup'].includes(key))
    return value === 0;
  if (key === 'classWeights' || key === 'augment') return value === 'none';
  if (key === 'accumulate') return value === 1;
  if (key === 'trainable') return value === 'all';
  return value === false;
}
