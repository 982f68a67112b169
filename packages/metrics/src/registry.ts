import { defineRegistry, type Registry } from '@podium/core';
import type { Metric } from './metric.ts';
import * as files from './metrics/index.ts';

/** Every metric by name, with its usual settings; `metrics.get('f1-macro').compute(rows)`. */
export const metrics: Registry<Metric> = defineRegistry(
  Object.values(files).flatMap((file) => file.entries),
  { kind: 'metric' },
);
