import type { Registry } from '@podium/core';
import { layouts } from '@podium/dataset';
import { forms } from '@podium/submission';
import { z } from 'zod';
import { settingsSchema } from './schema.ts';

/** Names of settings in other tools (timm, Ultralytics, fastai, Lightning, AutoGluon, scikit-learn), and ours. */
const SYNONYMS: Readonly<Record<string, readonly string[]>> = {
  'train.learningRate': ['lr', 'lr0', 'max_lr', 'base_lr', 'learning_rate', 'lrate'],
  'train.batchSize': [
    'batch',
    'bs',
    'batch_size',
    'train_batch_size',
    'per_device_train_batch_size',
    'samples_per_batch',
  ],
  'train.imageSize': ['imgsz', 'img_size', 'size', 'image_size', 'input_size', 'resolution', 'imsize'],
  'train.epochs': ['epoch', 'n_epochs', 'num_epochs', 'nb_epochs', 'max_epochs', 'num_train_epochs'],
  'train.weightDecay': ['wd', 'weight_decay'],
  'train.optimizer': ['opt', 'optim', 'opt_func'],
  'train.schedule': ['sched', 'scheduler', 'lr_scheduler', 'lr_schedule'],
  'train.warmup': ['warmup_epochs', 'warmup_steps', 'warmup_ratio', 'warmup_prefix', 'warm_up'],
  'train.loss': ['criterion', 'loss_fn', 'loss_func', 'objective'],
  'train.labelSmoothing': ['smoothing', 'label_smoothing'],
  'train.classWeights': ['class_weight', 'class_weights', 'pos_weight'],
  'train.augment': [
    'aug',
    'augs',
    'augmentation',
    'augmentations',
    'transforms',
    'tfms',
    'batch_tfms',
    'aa',
    'auto_augment',
  ],
  'train.mixup': ['mix_up', 'mixup_alpha'],
  'train.cutmix': ['cut_mix', 'cutmix_alpha'],
  'train.accumulate': [
    'grad_accum',
    'accumulation',
    'gradient_accumulation_steps',
    'accumulate_grad_batches',
    'grad_acc',
    'nbs',
  ],
  'train.clipNorm': ['clip_grad', 'grad_clip', 'max_grad_norm', 'gradient_clip_val', 'clip'],
  'train.ema': ['model_ema', 'ema_decay', 'model_ema_decay'],
  'train.dropRate': ['dropout', 'drop', 'drop_rate'],
  'train.dropPathRate': ['drop_path', 'drop_path_rate', 'stochastic_depth'],
  'train.earlyStopping': ['patience', 'early_stop', 'early_stopping_patience'],
  'train.precision': ['amp', 'fp16', 'bf16', 'half', 'mixed_precision', 'dtype'],
  'train.recompute': ['gradient_checkpointing', 'grad_checkpointing', 'checkpointing'],
  'train.views': ['tta', 'n_tta', 'test_time_augmentation'],
  'train.sampler': ['sampling', 'oversample', 'oversampling', 'balance'],
  'train.pooling': ['pool', 'gp', 'global_pool'],
  'train.plan': ['unfreeze'],
  'train.trainable': ['freeze', 'freeze_layers', 'bitfit', 'trainable_params'],
  'train.lora': ['peft', 'adapter', 'adapters', 'lora_rank', 'lora_r'],
  'train.method': ['fine_tune', 'finetune', 'transfer', 'linear_probe'],
  'train.seeds': ['n_seeds', 'num_seeds'],
  models: ['model', 'arch', 'backbone', 'encoder', 'network', 'net', 'model_name', 'timm_name'],
  'models[].pretrained': ['pretrained', 'checkpoint', 'initial_checkpoint'],
  'folds.count': [
    'k',
    'cv',
    'n_folds',
    'n_fold',
    'num_folds',
    'n_splits',
    'kfold',
    'k_fold',
    'fold',
    'num_bag_folds',
  ],
  'folds.method': ['split', 'splitter', 'cv_method'],
  metric: ['eval_metric', 'scoring', 'scorer', 'monitor', 'metrics'],
  preset: ['presets', 'quality'],
  timeLimit: ['time_limit', 'max_time', 'time', 'budget'],
  seed: ['random_state', 'random_seed', 'manual_seed'],
  threads: ['num_threads', 'n_jobs', 'n_threads', 'cpus', 'cores'],
  competition: ['project', 'experiment', 'title', 'comp'],
  'data.folder': ['path', 'root', 'data_dir', 'data_path', 'input_dir', 'dataset', 'img_dir'],
  'data.layout': ['format', 'dataset_type'],
  'data.options': ['columns', 'csv'],
  'data.options.label': ['label', 'target', 'label_col', 'target_col', 'y', 'y_col', 'num_classes'],
  'data.options.id': ['id', 'id_col', 'image_col', 'x_col', 'fn_col'],
  'data.options.group': ['group', 'groups', 'group_col', 'group_column'],
  'heads.train': ['targets', 'tasks', 'labels'],
  'ensemble.method': ['blend', 'blending', 'stacking', 'ensembles'],
  pseudo: ['pseudo_labels', 'pseudo_label', 'pseudo_labeling', 'semi_supervised'],
  external: ['extra_data', 'external_data', 'unlabeled', 'extra'],
  'submission.form': ['output', 'submission_format'],
};

const BY_SYNONYM: ReadonlyMap<string, string> = new Map(
  Object.entries(SYNONYMS).flatMap(([ours, theirs]) => theirs.map((name) => [fold(name), ours])),
);

/**
 * The setting that an unknown key means, as a dotted path: its name in another tool (`lr`), or a key of another level
 * (`epochs` beside `train`). Undefined if nothing is that near.
 * @param at the dotted path of the unknown key, such as `models[0].lr`
 */
export function meantKey(at: string): string | undefined {
  const [, owner = '', name = at] = /^(?:(.*)\.)?([^.]+)$/.exec(at) ?? [];
  const meant = ownOption(owner, name) ?? BY_SYNONYM.get(fold(name)) ?? elsewhere(name);
  if (meant === undefined || meant === at) return undefined;
  // An entry of models takes every key of train.
  const [, index] = /^models\[(\d+)\]$/.exec(owner) ?? [];
  if (index === undefined) return meant;
  return meant.replace(/^(train|models\[\])(?=\.)/, `models[${index}]`);
}

/** Whose options are written below `options`. */
const WITH_OPTIONS: ReadonlyMap<
  string,
  Registry<{ readonly name: string; readonly settings: z.ZodObject }>
> = new Map<string, typeof layouts>([
  ['submission', forms as never],
  ['data', layouts],
]);

/** A setting of a form or a layout: `submission.keep` is `submission.options.keep`. */
function ownOption(owner: string, name: string): string | undefined {
  const known = [...(WITH_OPTIONS.get(owner) ?? [])].flatMap(({ settings }) => Object.keys(settings.shape));
  const found = known.find((key) => fold(key) === fold(name));
  return found === undefined ? undefined : `${owner}.options.${found}`;
}

/** Every key of the settings as a dotted path, without those of lists. */
export function settingPaths(): string[] {
  return pathsOf(settingsSchema, '');
}

function pathsOf(schema: z.ZodType, prefix: string): string[] {
  if (schema instanceof z.ZodObject)
    return Object.entries<z.ZodType>(schema.shape).flatMap(([key, inner]) => {
      const path = prefix === '' ? key : `${prefix}.${key}`;
      return [path, ...pathsOf(inner, path)];
    });
  const inner = (schema.def as { innerType?: z.ZodType }).innerType;
  return inner === undefined ? [] : pathsOf(inner, prefix);
}

/** The only key of this name on another level; `train` comes first. */
function elsewhere(name: string): string | undefined {
  const folded = fold(name);
  const paths = settingPaths().filter((path) => fold(path.split('.').at(-1)!) === folded);
  return paths.find((path) => /^train\.[^.]+$/.test(path)) ?? (paths.length === 1 ? paths[0] : undefined);
}

/** Case, `-` and `_` do not count. */
function fold(name: string): string {
  return name.toLowerCase().replaceAll(/[-_]/g, '');
}
