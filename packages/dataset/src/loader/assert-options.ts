import { PodiumError } from '@podium/core';
import { isModule } from './transform-module.ts';
import type { LoaderOptions } from './types.ts';

/** @throws PodiumError `loader-setting` naming the first invalid setting */
export function assertOptions(options: LoaderOptions): void {
  const {
    batchSize,
    imageSize,
    workers = 2,
    prefetch = 2,
    inFlight = 8,
    epochs = 1,
    transform,
    views,
    output,
  } = options;
  integer('batchSize', batchSize, 1, 2 ** 20);
  integer('imageSize[0]', imageSize[0], 1, 2 ** 14);
  integer('imageSize[1]', imageSize[1], 1, 2 ** 14);
  integer('workers', workers, 0, 256);
  integer('prefetch', prefetch, 1, 1024);
  integer('inFlight', inFlight, 1, 1024);
  integer('epochs', epochs, 0, 2 ** 31);
  if (views !== undefined) {
    integer('views.length', views.length, 1, 1024);
    if (transform !== undefined) fail('views', 'transform or views', 'both');
  }
  const transforms = views ?? (transform === undefined ? [] : [transform]);
  for (const [i, item] of transforms.entries()) {
    if (workers === 0 || isModule(item)) continue;
    throw new PodiumError({
      code: 'loader-setting',
      path: { key: views === undefined ? 'transform' : `views[${i}]` },
      expected: '{ module, factory, argument }, since worker threads cannot share functions',
      got: 'an ImageTransform',
      fix: 'describe it as data, or set workers to 0',
    });
  }
  if (output?.type === 'float32') {
    const channels = options.decode?.mode === 'gray' ? 1 : 3;
    for (const key of ['mean', 'std'] as const) {
      const values = output[key];
      if (
        values.length === channels &&
        values.every((value) => Number.isFinite(value) && (key === 'mean' || value > 0))
      )
        continue;
      fail(
        `output.${key}`,
        `${channels} finite numbers${key === 'std' ? ' above 0' : ''}`,
        values.join(', '),
      );
    }
  }
}

function integer(key: string, value: number, min: number, max: number): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  fail(key, `an integer from ${min} to ${max}`, String(value));
}

function fail(key: string, expected: string, got: string): never {
  throw new PodiumError({ code: 'loader-setting', path: { key }, expected, got });
}
