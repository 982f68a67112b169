import { type Interpolation, PodiumError, parseJson, readText } from '@podium/core';
import { asObject, ObjectReader } from './object-reader.ts';

export const MAX_CONFIG_BYTES: number = 16 * 1024 * 1024;

/** timm's `config.json`: the network that a checkpoint is for, and how it expects its images. */
export interface HubConfig {
  /** timm's name of the architecture: `resnet18`. */
  readonly architecture: string;
  readonly numClasses?: number;
  /** Length of the feature vector before the classifier. */
  readonly numFeatures?: number;
  /** `avg`, `max`, `token`, ... */
  readonly globalPool?: string;
  /** Arguments of the architecture other than its defaults. */
  readonly modelArgs?: Readonly<Record<string, unknown>>;
  readonly labelNames?: readonly string[];
  readonly pretrained: PretrainedConfig;
}

/** timm's `pretrained_cfg`. */
export interface PretrainedConfig {
  /** Which weights of the architecture these are: `a1_in1k`. */
  readonly tag?: string;
  /** `[channels, height, width]` of training. */
  readonly inputSize?: readonly [number, number, number];
  /** The same for inference, if a larger image is better. */
  readonly testInputSize?: readonly [number, number, number];
  readonly minInputSize?: readonly [number, number, number];
  /** Whether other input sizes do not work. */
  readonly fixedInputSize: boolean;
  /** Mean and standard deviation per channel, for images in [0, 1]. */
  readonly mean?: readonly number[];
  readonly std?: readonly number[];
  /** Share of the resized image's side that the center crop keeps, in (0, 1]. */
  readonly cropPct?: number;
  readonly testCropPct?: number;
  /** `center`, `squash` or `border`. */
  readonly cropMode?: string;
  readonly interpolation?: Interpolation;
  readonly numClasses?: number;
  /** Height and width of the last feature map at `inputSize`. */
  readonly poolSize?: readonly [number, number];
  /** Module names of the first convolutions and of the classifiers; usually one each. */
  readonly firstConv?: readonly string[];
  readonly classifier?: readonly string[];
  readonly license?: string;
}

const INTERPOLATIONS: Readonly<Record<string, Interpolation>> = {
  nearest: 'nearest',
  bilinear: 'bilinear',
  bicubic: 'bicubic',
  lanczos: 'lanczos3',
};

/**
 * Parses the `config.json` that timm stores beside its weights. Unknown keys are ignored. timm's first format, with the keys of
 * `pretrained_cfg` at the top level, is accepted too.
 *
 * @param file name for messages
 * @throws PodiumError `weights-config` with the key, what is expected and what was found
 */
export function parseHubConfig(text: string, file = 'config.json'): HubConfig {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch (error) {
    throw new PodiumError(
      {
        code: 'weights-config',
        path: { file },
        message: `not valid JSON (${(error as Error).message.slice(0, 120)})`,
        fix: 'restore the published file',
      },
      { cause: error },
    );
  }
  const root = new ObjectReader(file, '', asObject(file, '', value));
  const nested = root.object('pretrained_cfg');
  const cfg = nested === undefined ? root : new ObjectReader(file, 'pretrained_cfg.', nested);
  const inputSize = cfg.size('input_size', 3);
  const channels = inputSize?.[0];
  const statistics = (key: string, positive: boolean): readonly number[] | undefined => {
    const numbers = cfg.numbers(key, positive ? 1e-12 : Number.NEGATIVE_INFINITY);
    const fits = numbers === undefined || channels === undefined || [1, channels].includes(numbers.length);
    if (!fits) throw cfg.wrong(key, `${channels} numbers, one per channel`);
    return numbers;
  };
  return {
    architecture: root.text('architecture') ?? root.missing('architecture', 'a name such as "resnet18"'),
    ...defined('numClasses', root.count('num_classes', 0)),
    ...defined('numFeatures', root.count('num_features', 1)),
    ...defined('globalPool', root.text('global_pool')),
    ...defined('modelArgs', root.object('model_args')),
    ...defined('labelNames', root.texts('label_names')),
    pretrained: {
      ...defined('tag', cfg.text('tag')),
      ...defined('inputSize', inputSize),
      ...defined('testInputSize', cfg.size('test_input_size', 3)),
      ...defined('minInputSize', cfg.size('min_input_size', 3)),
      fixedInputSize: cfg.flag('fixed_input_size') ?? false,
      ...defined('mean', statistics('mean', false)),
      ...defined('std', statistics('std', true)),
      ...defined('cropPct', cfg.part('crop_pct')),
      ...defined('testCropPct', cfg.part('test_crop_pct')),
      ...defined('cropMode', cfg.text('crop_mode')),
      ...defined('interpolation', cfg.choice('interpolation', INTERPOLATIONS)),
      ...defined('numClasses', cfg.count('num_classes', 0)),
      ...defined('poolSize', cfg.size('pool_size', 2)),
      ...defined('firstConv', cfg.texts('first_conv')),
      ...defined('classifier', cfg.texts('classifier')),
      ...defined('license', cfg.text('license')),
    },
  };
}

/** Reads a `config.json` from disk. */
export async function readHubConfig(path: string, name: string = path): Promise<HubConfig> {
  return parseHubConfig(await readText(path, { name, maxBytes: MAX_CONFIG_BYTES }), name);
}

function defined<K extends string, T>(key: K, value: T | undefined): { readonly [name in K]?: T } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [name in K]?: T });
}
