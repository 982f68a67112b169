import { defineRegistry, type Registry } from '@podium/core';
import type { Metric } from './metric.ts';
import * as files from './metrics/index.ts';

/**
 * All metrics by name, with their usual settings.
 *
 * @example
 * metrics.get('f1-macro').compute(rows);
 */
export const metrics: Registry<Metric> = defineRegistry(
  Object.values(files).flatMap((file) => file.entries),
  { kind: 'metric' },
);
