import { hashBytes, hashValue } from '@podium/core';
import { cacheKey } from '../cache/working-size.ts';
import { decodeSettings } from '../decode/decode-image.ts';
import { isModule } from './transform-module.ts';
import type { LoaderOptions } from './types.ts';

/** Hashes of the options that a saved position depends on. Locations of modules are left out: they may differ per machine. */
export function fingerprint(
  {
    seed,
    batchSize,
    imageSize,
    sampler,
    dropLast,
    decode,
    output,
    cache,
    onBroken,
    transform,
    views,
  }: LoaderOptions & {
    sampler: NonNullable<LoaderOptions['sampler']>;
  },
  samples: SharedArrayBuffer,
): Record<string, string> {
  const { name, settings } = sampler;
  const parts = {
    seed,
    batchSize,
    imageSize,
    sampler: { name, settings },
    dropLast: dropLast ?? false,
    decode: decodeSettings(decode),
    output: output ?? { type: 'uint8' },
    cache: cache === undefined ? null : cacheKey(decode ?? {}, cache.shorterSide),
    onBroken: onBroken ?? 'fail',
    transform: recipeOf(transform),
    ...(views === undefined ? {} : { views: views.map(recipeOf) }),
  };
  const hashes = Object.entries(parts).map(([key, value]) => [key, hashValue(value)]);
  return { rows: hashBytes(new Uint8Array(samples)), ...Object.fromEntries(hashes) };
}

function recipeOf(transform: LoaderOptions['transform']): object | null {
  if (transform === undefined || !isModule(transform)) return null;
  return { factory: transform.factory, argument: transform.argument ?? null };
}
