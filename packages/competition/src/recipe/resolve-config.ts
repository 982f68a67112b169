import type { TransferCase } from '@podium/model-zoo';
import { models as zoo } from '@podium/model-zoo';
import { describeSeconds } from '../../../../apps/podium/src/terminal/progress.ts';
import type { InputSettings } from '../models/open-model.ts';
import { SMALL_NET } from '../models/open-model.ts';
import type { ViewName } from '../models/views.ts';
import { type Preset, presets } from '../presets/index.ts';
import type { DataFacts } from '../run/dataset-summary.ts';
import type { ModelSettings, OwnCode, Settings, TrainingSettings } from '../settings/schema.ts';
import type { Recommendation } from '../stages/recommend.ts';
import { type FoundWeights, imagenetInput } from './weights.ts';

/** Something that a preset or a measurement decided, and why. */
export interface Choice {
  readonly key: string;
  readonly value: string;
  readonly why: string;
}

/** A model with everything spelled out. */
export interface ChosenModel {
  readonly name: string;
  readonly model: string | OwnCode;
  readonly weights: FoundWeights | undefined;
  readonly method: 'probe' | 'transfer' | 'full';
  readonly plan: TransferCase | undefined;
  readonly imageSize: number;
  readonly fit: 'squash' | 'crop';
  readonly input: InputSettings;
  readonly epochs: number;
  readonly batchSize: number;
  readonly accumulate: number;
  readonly optimizer: string;
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly schedule: 'constant' | 'cosine' | 'one-cycle';
  readonly warmUp: number;
  readonly loss: string | undefined;
  readonly labelSmoothing: number;
  readonly classWeights: 'none' | 'balanced';
  readonly augment: NonNullable<TrainingSettings['augment']>;
  readonly mixup: number;
  readonly cutmix: number;
  readonly ema: number;
  readonly clipNorm: number | undefined;
  readonly dropRate: number | undefined;
  readonly dropPathRate: number | undefined;
  readonly precision: 'float32' | 'bfloat16';
  readonly views: readonly ViewName[];
  readonly probeC: number;
  readonly seeds: readonly number[];
  /** Learning from images alone, before. */
  readonly pretrain: TrainingSettings['pretrain'];
}

/** What is to be trained before anything is known of how. */
export interface Candidate {
  readonly settings: ModelSettings;
  readonly weights: FoundWeights | undefined;
}

/** Everything that a run needs to know and that settings may leave open. */
export interface Chosen {
  readonly models: readonly ChosenModel[];
  readonly folds: number;
  readonly ensemble: string;
  readonly choices: readonly Choice[];
}

/** How many folds the data allows, by the preset. */
export function chooseFolds(settings: Settings, facts: DataFacts): { folds: number; choice?: Choice } {
  if (settings.folds.count !== undefined) return { folds: settings.folds.count };
  const { folds: wanted } = presets.get(settings.preset);
  const folds = Math.max(2, Math.min(wanted, facts.groups));
  const why = folds < wanted ? `there are only ${facts.groups} groups` : `preset ${settings.preset}`;
  return { folds, choice: { key: 'folds.count', value: String(folds), why } };
}

/**
 * Spells out how each model is trained: what the settings say, else what the preset makes of what was measured.
 * @param measured by the name of the model, for those with pretrained weights
 */
export function chooseTraining(
  settings: Settings,
  candidates: readonly Candidate[],
  facts: DataFacts,
  measured: ReadonlyMap<string, Recommendation>,
  folds: number,
  cores: number,
): Chosen {
  const preset = presets.get(settings.preset);
  const choices: Choice[] = [];
  const names = new Set<string>();
  const models = candidates.map((candidate): ChosenModel => {
    const merged = { ...settings.train, ...candidate.settings };
    const name = uniqueName(merged, names);
    const tell = (key: string, value: unknown, why: string) =>
      void choices.push({ key: `${name}: ${key}`, value: String(value), why });
    return chooseModel(
      name,
      merged,
      candidate.weights,
      facts,
      measured.get(nameOf(candidate.settings)) ?? null,
      preset,
      tell,
    );
  });
  const limited = keepTimeLimit(models, settings.timeLimit, facts, folds, cores, choices);
  const method = settings.ensemble.method ?? (limited.length === 1 ? 'mean' : preset.ensemble);
  if (settings.ensemble.method === undefined && limited.length > 1) {
    choices.push({ key: 'ensemble.method', value: method, why: `preset ${preset.name}` });
  }
  return { models: limited, folds, ensemble: method, choices };
}

/** What a model is called before it has a name of its own. */
export function nameOf({ model }: Pick<ModelSettings, 'model'>): string {
  return typeof model === 'string' ? model : model.export;
}

function uniqueName(settings: ModelSettings, taken: Set<string>): string {
  const base = settings.name ?? nameOf(settings);
  let name = base;
  for (let i = 2; taken.has(name); i++) name = `${base}-${i}`;
  taken.add(name);
  return name;
}

function chooseModel(
  name: string,
  settings: ModelSettings,
  weights: FoundWeights | undefined,
  facts: DataFacts,
  found: Recommendation,
  preset: Preset,
  tell: (key: string, value: unknown, why: string) => void,
): ChosenModel {
  const multiLabel = facts.heads.some(({ task }) => task === 'multi-label');
  const own = settings.pretrain === undefined ? found : null;
  const method = settings.method ?? chooseMethod(weights, own, multiLabel, tell);
  const plan = method === 'full' ? undefined : (settings.plan ?? found?.case ?? 'little-dissimilar');
  if (method === 'transfer' && settings.plan === undefined)
    tell('plan', plan, found === null ? 'nothing could be measured, so carefully' : 'as measured');
  const input = inputOf(weights, settings);
  const imageSize = settings.imageSize ?? chooseSize(settings, weights, method, facts, preset, tell);
  const bounds = preset.epochs[method === 'transfer' ? 'transfer' : 'full'];
  const wished = Math.round(preset.imagesSeen / facts.rows);
  const epochs = settings.epochs ?? Math.min(Math.max(wished, bounds[0]), bounds[1]);
  if (settings.epochs === undefined && method !== 'probe')
    tell(
      'epochs',
      epochs,
      `preset ${preset.name}: about ${preset.imagesSeen} images, ${bounds[0]} to ${bounds[1]} epochs`,
    );
  const batchSize = settings.batchSize ?? (facts.rows < 1000 ? 16 : facts.rows < 20_000 ? 32 : 64);
  const steps = Math.ceil(facts.rows / batchSize) * epochs;
  const small = facts.format.side <= 48;
  const augment = settings.augment ?? chooseAugment(method, small, facts, tell);
  const views = settings.views ?? (small ? ['whole'] : preset.views);
  return {
    name,
    model: settings.model,
    weights,
    method,
    plan: method === 'transfer' ? plan : undefined,
    imageSize,
    input,
    epochs,
    batchSize,
    augment,
    views,
    fit: settings.fit ?? 'squash',
    accumulate: settings.accumulate ?? 1,
    optimizer: settings.optimizer ?? 'adamw',
    learningRate: settings.learningRate ?? (method === 'transfer' ? 1e-3 : 2e-3),
    weightDecay: settings.weightDecay ?? 0.05,
    schedule: settings.schedule ?? 'cosine',
    warmUp: settings.warmUp ?? 0.05,
    loss: settings.loss,
    labelSmoothing: settings.labelSmoothing ?? (multiLabel ? 0 : 0.1),
    classWeights: settings.classWeights ?? 'none',
    mixup: settings.mixup ?? 0,
    cutmix: settings.cutmix ?? 0,
    // An average needs steps to be of something.
    ema: settings.ema ?? (steps >= 200 ? 0.998 : 0),
    clipNorm: settings.clipNorm ?? 5,
    dropRate: settings.dropRate,
    dropPathRate: settings.dropPathRate,
    precision: settings.precision ?? 'float32',
    probeC: settings.probeC ?? 0.01,
    seeds: settings.seeds ?? (method === 'probe' ? [1] : preset.seeds),
    pretrain: settings.pretrain,
  };
}

function chooseMethod(
  weights: FoundWeights | undefined,
  found: Recommendation,
  multiLabel: boolean,
  tell: (key: string, value: unknown, why: string) => void,
): 'probe' | 'transfer' | 'full' {
  if (weights === undefined) {
    tell('method', 'full', 'there are no pretrained weights, so everything is learnt from these images');
    return 'full';
  }
  const similar = found?.case.endsWith('-similar') === true;
  if (similar && !multiLabel) {
    tell('method', 'probe', `${found.case}: the frozen features tell the classes apart already`);
    return 'probe';
  }
  tell(
    'method',
    'transfer',
    found === null ? 'fine-tuning is the usual way' : `${found.case}: the features need to change`,
  );
  return 'transfer';
}

function inputOf(weights: FoundWeights | undefined, { model }: ModelSettings): InputSettings {
  const size = typeof model === 'string' && model !== SMALL_NET ? zoo.get(model).imageSize : 224;
  const { mean, std, interpolation } = weights?.input ?? imagenetInput(size);
  return { mean: [...mean], std: [...std], interpolation };
}

function chooseSize(
  { model }: ModelSettings,
  weights: FoundWeights | undefined,
  method: 'probe' | 'transfer' | 'full',
  { format: { side } }: DataFacts,
  preset: Preset,
  tell: (key: string, value: unknown, why: string) => void,
): number {
  if (typeof model !== 'string' || model === SMALL_NET) {
    const size = Math.max(16, Math.min(Math.floor(side / 4) * 4, 96));
    tell('imageSize', size, `the images' shorter side is ${side}, and a small net needs no more than 96`);
    return size;
  }
  const own = weights?.input.imageSize[0] ?? zoo.get(model).imageSize;
  if (method === 'probe' || /^(vit|deit|swin)/.test(model)) {
    tell('imageSize', own, 'what the pretrained network was made for');
    return own;
  }
  const size = Math.min(own, preset.trainingSize);
  tell(
    'imageSize',
    size,
    size < own ? `preset ${preset.name} trains on smaller images` : 'what the network was made for',
  );
  return size;
}

function chooseAugment(
  method: 'probe' | 'transfer' | 'full',
  small: boolean,
  { rows }: DataFacts,
  tell: (key: string, value: unknown, why: string) => void,
): NonNullable<TrainingSettings['augment']> {
  if (method === 'probe') return 'none';
  if (small) {
    tell('augment', 'shifts and small rotations', 'small images, such as digits, may not be flipped or cut');
    return [{ affine: { degrees: 10, translate: 0.08, scale: [0.9, 1.1], shear: 5 } }];
  }
  const name = method === 'full' ? 'medium' : rows < 2000 ? 'light' : 'medium';
  tell('augment', name, method === 'full' ? 'fresh weights need variety' : `${rows} training images`);
  return name;
}

/** Multiply-adds a second and core in training, with the rest of the work: measured on ordinary servers, and rounded down. */
const TRAINING_RATE = 4e9;

/** Shortens what would take longer than allowed, as far as that can be told from the size of networks. */
function keepTimeLimit(
  models: readonly ChosenModel[],
  timeLimit: string | undefined,
  facts: DataFacts,
  folds: number,
  cores: number,
  choices: Choice[],
): readonly ChosenModel[] {
  if (timeLimit === undefined) return models;
  const limit = secondsOf(timeLimit);
  const cost = (model: ChosenModel) =>
    model.method === 'probe'
      ? 0
      : (3 * macsOf(model) * facts.rows * model.epochs * folds * model.seeds.length) /
        (TRAINING_RATE * cores);
  const total = () => kept.reduce((sum, model) => sum + cost(model), 0);
  let kept = [...models];
  const before = total();
  if (before <= limit) return models;
  kept = kept.map((model) => ({ ...model, seeds: model.seeds.slice(0, 1) }));
  const share = Math.min(1, limit / Math.max(total(), 1));
  kept = kept.map((model) =>
    model.method === 'probe' ? model : { ...model, epochs: Math.max(1, Math.floor(model.epochs * share)) },
  );
  while (kept.length > 1 && total() > limit) {
    const dearest = kept.reduce((most, model) => (cost(model) > cost(most) ? model : most));
    kept = kept.filter((model) => model !== dearest);
  }
  choices.push({
    key: 'timeLimit',
    value: kept
      .map(({ name, epochs, method }) => `${name}${method === 'probe' ? '' : `, ${epochs} epochs`}`)
      .join('; '),
    why: `about ${describeSeconds(before)} of training would exceed ${timeLimit}; now about ${describeSeconds(total())}`,
  });
  return kept;
}

/** Of one image, roughly: for an estimate of time. */
function macsOf({ model, imageSize }: ChosenModel): number {
  const area = (imageSize / 224) ** 2;
  if (typeof model !== 'string') return 1e9 * area;
  if (model === SMALL_NET) return 40e6 * (imageSize / 28) ** 2;
  const known: readonly [RegExp, number][] = [
    [/^(tf_)?efficientnet_(lite0|b0)|mobilenet|regnet[xy]_00[24]|_tiny_patch/, 0.5e9],
    [/lite|efficientnet|resnet18|regnet|_pico|_nano|_atto|_femto/, 1.5e9],
    [/50|tiny|small|26|34|squeezenet/, 4.5e9],
  ];
  return (known.find(([pattern]) => pattern.test(model))?.[1] ?? 12e9) * area;
}

function secondsOf(text: string): number {
  const [, number, unit] = /^([\d.]+)\s*(s|min|h)$/.exec(text)!;
  return Number(number) * ({ s: 1, min: 60, h: 3600 }[unit as 's' | 'min' | 'h'] ?? 1);
}
