import { readFile, stat } from 'node:fs/promises';
import { fileError, type Interpolation, PodiumError } from '@podium/core';
import { asObject, ObjectReader } from './object-reader.ts';

export const MAX_CONFIG_BYTES: number = 16 * 1024 * 1024;

/** timm's `config.json`: which network a checkpoint is for, and how it wants its images. */
export interface HubConfig {
  /** timm's name of the architecture: `resnet18`. */
  readonly architecture: string;
  readonly numClasses?: number;
  /** Length of the feature vector before the classifier. */
  readonly numFeatures?: number;
  /** `avg`, `max`, `token`, ... */
  readonly globalPool?: string;
  /** Arguments of the architecture that differ from its defaults. */
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
  /** The same for inference, where a larger image is better. */
  readonly testInputSize?: readonly [number, number, number];
  readonly minInputSize?: readonly [number, number, number];
  /** Whether no other input size works. */
  readonly fixedInputSize: boolean;
  /** Mean and standard deviation by channel that images in [0, 1] are normalized with. */
  readonly mean?: readonly number[];
  readonly std?: readonly number[];
  /** Part of the resized image's side that the center crop keeps, in (0, 1]. */
  readonly cropPct?: number;
  readonly testCropPct?: number;
  /** `center`, `squash` or `border`. */
  readonly cropMode?: string;
  readonly interpolation?: Interpolation;
  readonly numClasses?: number;
  /** Height and width of the last feature map at `inputSize`. */
  readonly poolSize?: readonly [number, number];
  /** Module names of the first convolutions and of the classifiers: one each, as a rule. */
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
 * Reads a `config.json` as timm writes it beside its weights; unknown keys are ignored. timm's first form, with the keys
 * of `pretrained_cfg` at the top, is read too.
 *
 * @param file What to call the file in messages.
 * @throws PodiumError `weights-config` that names the key, what it should be and what it is.
 */
export function parseHubConfig(text: string, file = 'config.json'): HubConfig {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new PodiumError(
      {
        code: 'weights-config',
        path: { file },
        message: `this is no JSON (${(error as Error).message.slice(0, 120)})`,
        fix: 'restore the file as it was published',
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
    if (!fits) throw cfg.wrong(key, `${channels} numbers, one a channel`);
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

/** Reads and checks a `config.json` on disk. */
export async function readHubConfig(path: string, name: string = path): Promise<HubConfig> {
  try {
    const { size } = await stat(path);
    if (size > MAX_CONFIG_BYTES) {
      throw new PodiumError({
        code: 'weights-config',
        path: { file: name },
        expected: `at most ${MAX_CONFIG_BYTES} bytes`,
        got: `${size}`,
      });
    }
    return parseHubConfig(await readFile(path, 'utf8'), name);
  } catch (error) {
    throw fileError(error, name, 'read');
  }
}

function defined<K extends string, T>(key: K, value: T | undefined): { readonly [name in K]?: T } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [name in K]?: T });
}
