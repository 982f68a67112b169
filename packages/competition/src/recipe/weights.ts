import { resolve } from 'node:path';
import { PodiumError } from '@podium/core';
import {
  fetchWeights,
  type HubEvent,
  type InputConfig,
  models,
  type PretrainedWeights,
  parseWeightsSource,
  pretrainedWeights,
  type WeightsSource,
} from '@podium/model-zoo';

/** Pretrained weights on this machine. */
export interface FoundWeights {
  readonly model: string;
  /** Absolute. */
  readonly path: string;
  /** What they can be fetched by again; undefined for a file of the user's. */
  readonly spec: string | undefined;
  /** One line that names where they came from. */
  readonly source: string;
  readonly input: InputConfig;
}

interface FetchContext {
  readonly signal: AbortSignal;
  readonly onEvent: (event: HubEvent) => void;
  /** What paths of the settings are relative to. */
  readonly folder: string;
  /** False where another model would do as well: a server that does not answer is not waited for. */
  readonly isSure?: boolean;
}

const QUICKLY = { limits: { attempts: 1, idleMs: 10_000, waitMs: 5000 } };

/**
 * Weights of a zoo model as settings name them: `true` for the default ones, a tag, a source or a file.
 * @throws PodiumError as `fetchWeights` does; `zoo-no-weights` where none are known by that name
 */
export async function findWeights(
  model: string,
  pretrained: true | string,
  context: FetchContext,
): Promise<FoundWeights> {
  const published = pretrainedWeights(model);
  if (pretrained !== true) {
    const known = published.find(({ tag }) => tag === pretrained);
    return await fetchNamed(model, known?.source ?? pretrained, known ?? published[0], context);
  }
  if (published.length === 0) {
    throw new PodiumError({
      code: 'zoo-no-weights',
      path: { key: 'pretrained' },
      message: `no published weights are known for ${model}`,
      fix: 'name a checkpoint file, set pretrained: false, or choose one of "podium models list --pretrained"',
    });
  }
  // The same weights may lie in several places, of which a firewall lets one through.
  let problem: unknown;
  for (const [i, known] of published.entries()) {
    try {
      const isLast = i === published.length - 1;
      return await fetchNamed(model, known.source, known, isLast ? context : { ...context, isSure: false });
    } catch (error) {
      context.signal.throwIfAborted();
      problem ??= error;
    }
  }
  throw problem;
}

async function fetchNamed(
  model: string,
  named: string,
  known: PretrainedWeights | undefined,
  { signal, onEvent, folder, isSure = true }: FetchContext,
): Promise<FoundWeights> {
  const { path, source, config } = await fetchWeights(sourceOf(named, folder), {
    signal,
    onEvent,
    ...(isSure ? {} : QUICKLY),
  });
  const input = known?.input ?? imagenetInput(models.get(model).imageSize);
  const { mean, std } = config?.pretrained ?? {};
  const spec = isPath(named) ? undefined : named;
  return { model, path, spec, source, input: { ...input, ...(mean && { mean }), ...(std && { std }) } };
}

function isPath(text: string): boolean {
  return !/^[a-z][a-z0-9+.-]+:/i.test(text);
}

/** Files are meant relative to the settings. */
function sourceOf(text: string, folder: string): WeightsSource {
  return isPath(text) ? { kind: 'file', path: resolve(folder, text) } : parseWeightsSource(text);
}

/** What most models are trained with. */
export function imagenetInput(size: number): InputConfig {
  return {
    imageSize: [size, size],
    mean: [0.485, 0.456, 0.406],
    std: [0.229, 0.224, 0.225],
    cropFraction: 0.875,
    interpolation: 'bicubic',
  };
}
