import type { Registry } from '@podium/core';

/** By kind of registry and by our name: other names that people type. Other spellings of our own names need no entry. */
const NAMES: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  metric: {
    accuracy: ['acc', 'accuracy-score', 'top-1', 'top1', 'top-1-accuracy', 'categorical-accuracy'],
    'balanced-accuracy': ['bacc', 'balanced-accuracy-score', 'mean-class-accuracy'],
    'roc-auc-macro': [
      'auc',
      'roc-auc',
      'rocauc',
      'auroc',
      'roc-auc-score',
      'roc-auc-ovr',
      'macro-auc',
      'auc-macro',
      'mean-auc',
      'mean-columnwise-auc',
      'mean-column-wise-roc-auc',
    ],
    'roc-auc-weighted': ['auc-weighted', 'weighted-auc', 'roc-auc-ovr-weighted'],
    'f1-macro': ['f1', 'f1-score', 'macro-f1', 'macro-f1-score', 'f1-score-macro'],
    'f1-micro': ['micro-f1', 'micro-f1-score'],
    'f1-weighted': ['weighted-f1', 'weighted-f1-score'],
    'f1-samples': ['samples-f1', 'sample-f1', 'samplewise-f1'],
    'f2-macro': ['f2', 'f2-score', 'macro-f2'],
    'f2-samples': ['samples-f2', 'sample-f2'],
    'precision-macro': ['precision', 'precision-score', 'macro-precision'],
    'precision-micro': ['micro-precision'],
    'recall-macro': ['recall', 'recall-score', 'macro-recall', 'uar'],
    'recall-micro': ['micro-recall'],
    'average-precision-macro': [
      'map',
      'ap',
      'average-precision',
      'mean-average-precision',
      'cmap',
      'auprc',
      'pr-auc',
    ],
    'quadratic-kappa': ['qwk', 'quadratic-weighted-kappa', 'weighted-kappa', 'kappa-quadratic'],
    'cohen-kappa': ['kappa', 'cohens-kappa', 'cohen-kappa-score'],
    'log-loss': [
      'logloss',
      'cross-entropy',
      'neg-log-loss',
      'nll',
      'multi-class-log-loss',
      'multiclass-log-loss',
      'binary-log-loss',
      'mlogloss',
    ],
    mcc: ['matthews', 'matthews-corrcoef', 'matthews-correlation'],
    hamming: ['hamming-loss'],
    'exact-match': ['subset-accuracy', 'exact-match-ratio'],
    brier: ['brier-score', 'brier-score-loss'],
    ece: ['expected-calibration-error', 'calibration-error'],
    'top-3': ['top3', 'top-3-accuracy'],
    'top-5': ['top5', 'top-5-accuracy'],
    'map-3': ['map3', 'map@3', 'mapk-3'],
    'map-5': ['map5', 'map@5', 'mapk-5'],
    'pauc-80': ['pauc', 'partial-auc', 'pauc-above-80-tpr', 'isic-2024'],
    rmse: ['root-mean-squared-error'],
    r2: ['r2-score', 'r-squared', 'coefficient-of-determination'],
    pearson: ['pearsonr', 'pearson-correlation', 'correlation'],
    spearman: ['spearmanr', 'spearman-correlation', 'rank-correlation'],
    'weighted-r2': ['weighted-r-squared', 'r2-weighted'],
    'weighted-rmse': ['rmse-weighted', 'wrmse'],
  },
  loss: {
    'cross-entropy': ['ce', 'cross-entropy-loss', 'categorical-crossentropy', 'softmax', 'nll'],
    'binary-cross-entropy': [
      'bce',
      'bce-loss',
      'bce-with-logits',
      'bcewithlogitsloss',
      'binary-crossentropy',
    ],
    focal: ['focal-loss'],
    'mean-squared-error': ['mse', 'mse-loss', 'l2'],
    'symmetric-cross-entropy': ['sce', 'symmetric-ce'],
    'bi-tempered': ['bi-tempered-loss', 'bi-tempered-logistic'],
    'taylor-cross-entropy': ['taylor-ce', 'taylor'],
    'soft-macro-f1': ['soft-f1', 'f1-loss', 'f1', 'macro-f1'],
    distillation: ['kd', 'knowledge-distillation'],
    huber: ['huber-loss', 'smooth-l1'],
    'squared-error': ['regression-mse'],
    'log-cosh': ['logcosh'],
  },
  optimizer: { adamw: ['adam-w'], rmsprop: ['rms-prop'], nadam: ['n-adam'] },
  schedule: {
    cosine: ['cosine-annealing', 'cosineannealinglr', 'cosine-annealing-lr', 'cosine-decay'],
    'one-cycle': ['onecycle', '1cycle', 'onecyclelr', 'one-cycle-lr'],
    polynomial: ['poly', 'linear', 'polynomial-lr'],
    step: ['steplr', 'step-lr'],
    'multi-step': ['multistep', 'multisteplr', 'multi-step-lr'],
    plateau: ['reducelronplateau', 'reduce-lr-on-plateau', 'reduce-on-plateau'],
    'warm-restarts': [
      'sgdr',
      'cosine-restarts',
      'cosine-warm-restarts',
      'cosine-annealing-warm-restarts',
      'cosineannealingwarmrestarts',
    ],
    constant: ['fixed', 'none'],
    exponential: ['exp', 'exponentiallr', 'exponential-lr'],
  },
  'fold method': {
    'k-fold': ['kfold', 'k-folds', 'random'],
    stratified: ['stratifiedkfold', 'stratified-k-fold', 'stratified-kfold', 'skf'],
    group: ['groupkfold', 'group-k-fold', 'group-kfold', 'grouped'],
    'stratified-group': [
      'stratifiedgroupkfold',
      'stratified-group-k-fold',
      'stratified-group-kfold',
      'group-stratified',
      'sgkf',
    ],
    'multi-label-stratified': [
      'multilabel-stratified',
      'multilabel-stratified-k-fold',
      'multilabelstratifiedkfold',
      'iterative-stratification',
      'mskf',
    ],
  },
  sampler: {
    shuffled: ['random', 'shuffle', 'random-sampler'],
    'class-balanced': ['balanced', 'class-balanced-sampler'],
    weighted: ['weighted-random', 'weighted-random-sampler', 'weightedrandomsampler'],
    repeated: ['repeated-augmentation', 'repeat'],
    sequential: ['in-order', 'sequential-sampler'],
  },
  'ensemble method': {
    selection: ['caruana', 'greedy', 'greedy-selection', 'hill-climbing', 'ensemble-selection'],
    stacking: ['stack', 'stacker', 'logistic-regression'],
    temperature: ['temperature-scaling'],
  },
  'blending rule': {
    mean: ['average', 'avg', 'arithmetic-mean', 'soft-voting'],
    'weighted-mean': ['weighted-average', 'weighted'],
    'geometric-mean': ['gmean', 'geometric', 'geo-mean'],
    'majority-vote': ['vote', 'voting', 'hard-voting', 'majority'],
    'rank-mean': ['rank', 'rank-average', 'rank-averaging'],
  },
  'pseudo-label method': {
    'confidence-threshold': ['threshold', 'confidence'],
    'soft-labels': ['soft'],
    'ensemble-agreement': ['agreement'],
  },
  'semi-supervised method': {
    fixmatch: ['fix-match'],
    flexmatch: ['flex-match'],
    'mean-teacher': ['meanteacher'],
    'meta-pseudo-labels': ['mpl'],
    'pi-model': ['pi'],
  },
  layout: { csv: ['table'], folders: ['image-folder', 'imagefolder', 'class-folders'], idx: ['mnist'] },
  transform: {
    horizontalFlip: ['hflip', 'random-horizontal-flip', 'flip'],
    verticalFlip: ['vflip', 'random-vertical-flip'],
    rotate: ['random-rotation', 'rotation'],
    affine: ['random-affine'],
    perspective: ['random-perspective'],
    grayscale: ['to-gray', 'random-grayscale'],
    coarseDropout: ['cutout'],
    elastic: ['elastic-transform'],
    gaussianNoise: ['gauss-noise'],
    jpeg: ['image-compression', 'jpeg-compression'],
    trivialAugmentWide: ['trivial-augment', 'trivialaugment'],
    randAugment: ['randaugment'],
    autoAugment: ['autoaugment'],
    augMix: ['augmix'],
  },
};

/** By kind, from the names that people type to ours. */
const ALIASES: ReadonlyMap<string, ReadonlyMap<string, string>> = new Map(
  Object.entries(NAMES).map(([kind, names]) => [
    kind,
    new Map(Object.entries(names).flatMap(([name, all]) => all.map((alias) => [alias, name]))),
  ]),
);

/** What a name stands for. */
interface Meant {
  readonly name: string;
  /** Whether it is another name, and not only another spelling: `auc`, but not `F1_macro`. */
  readonly isAlias: boolean;
}

/** The entry that a name means: its own, another spelling of it (`f1_macro`), or another name (`auc`). */
export function meantBy(registry: Registry<{ readonly name: string }>, text: string): Meant | undefined {
  if (registry.has(text)) return { name: text, isAlias: false };
  const folded = spellings(text);
  const spelled = registry.names().filter((name) => spellings(name).some((own) => folded.includes(own)));
  if (spelled.length === 1) return { name: spelled[0]!, isAlias: false };
  const aliases = ALIASES.get(registry.kind);
  const name = folded.map((own) => aliases?.get(own)).find((own) => own !== undefined);
  return name === undefined || !registry.has(name) ? undefined : { name, isAlias: true };
}

/** Other names of an entry, in the order of the table. */
export function aliasesOf(kind: string, name: string): readonly string[] {
  return [...(ALIASES.get(kind) ?? [])].filter(([, ours]) => ours === name).map(([alias]) => alias);
}

/** `F1_Macro` -> `f1-macro`; `horizontalFlip` -> `horizontalflip` and `horizontal-flip` */
function spellings(text: string): string[] {
  const joined = text.trim().replaceAll(/[_\s]+/g, '-');
  const apart = joined.replaceAll(/([\p{Ll}\p{N}])(\p{Lu})/gu, '$1-$2');
  return [...new Set([joined.toLowerCase(), apart.toLowerCase()])];
}
