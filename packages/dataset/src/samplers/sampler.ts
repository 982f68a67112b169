import { PodiumError, type Rng } from '@podium/core';
import { parseSettings } from '@podium/core/settings';
import { z } from 'zod';
import type { ManifestRow } from '../manifest/types.ts';

/** What an order may depend on. It may not depend on a clock, on threads or on earlier epochs. */
export interface SamplerContext {
  readonly rows: readonly ManifestRow[];
  /** Derived from (seed, epoch). */
  readonly rng: Rng;
  readonly batchSize: number;
}

/** The rows of an epoch and their order. */
export interface Sampler {
  readonly name: string;
  /** Plain JSON; with the name, it identifies the sampler. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Indices into `rows`. A row may occur several times, or not at all. */
  order(context: SamplerContext): Uint32Array;
}

/** A kind of sampler. */
export interface SamplerDefinition {
  readonly name: string;
  /** One line for people. */
  readonly summary: string;
  /** The schema of its options; every key has a description. */
  readonly settings: z.ZodObject;
  /** @throws PodiumError `sampler-setting` */
  create(options?: unknown): Sampler;
}

/** A kind of sampler that makes one when it is called. */
export interface SamplerFactory<Options extends readonly unknown[]> extends SamplerDefinition {
  /** @throws PodiumError `sampler-setting` */
  (...options: Options): Sampler;
}

/** Defines a kind of sampler. Its `order` gets checked options. */
export function defineSampler<Shape extends z.ZodRawShape>(definition: {
  readonly name: string;
  readonly summary: string;
  readonly settings: Shape;
  readonly order: (context: SamplerContext, options: z.output<z.ZodObject<Shape>>) => Uint32Array;
  /** The options as plain JSON. Default: the options. */
  readonly record?: (options: z.output<z.ZodObject<Shape>>) => Sampler['settings'];
}): SamplerFactory<[options?: unknown]> {
  const { name, summary, order, record = (options) => options as Sampler['settings'] } = definition;
  const settings = z.object(definition.settings);
  const place = { owner: `sampler "${name}"`, code: 'sampler-setting' };
  const make = (given: unknown = {}): Sampler => {
    const options = parseSettings(settings, given, place);
    return { name, settings: record(options), order: (context) => order(context, options) };
  };
  const create = make;
  return Object.assign(Object.defineProperty(make, 'name', { value: name }), { summary, settings, create });
}

/** The option `samples`. */
export const samples: z.ZodType<number | undefined> = z.int().min(1).optional();

/** An error about what a sampler was given. */
export function samplerError(key: string, expected: string, got: unknown, fix?: string): PodiumError {
  return new PodiumError({
    code: 'sampler-setting',
    path: { key },
    expected,
    got: typeof got === 'string' ? `"${got}"` : String(got),
    fix,
  });
}

/**
 * `count` of the items: every item in random order before any repeats.
 * @throws PodiumError `sampler-setting` if there are no items
 */
export function cycle(items: Uint32Array, count: number, rng: Rng): Uint32Array {
  if (items.length === 0 && count > 0) throw samplerError('rows', 'at least one row', 'none');
  const out = new Uint32Array(count);
  for (let start = 0, round = 0; start < count; start += items.length, round++) {
    const order = rng.split('round', round).permutation(items.length);
    const end = Math.min(count, start + items.length);
    for (let i = start; i < end; i++) out[i] = items[order[i - start]!]!;
  }
  return out;
}
