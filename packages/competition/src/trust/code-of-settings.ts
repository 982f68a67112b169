import { resolve } from 'node:path';
import type { Settings } from '../settings/schema.ts';

/** The modules that settings name, absolute: models, transforms, stages. Wherever one is named, so none is forgotten. */
export function codeOfSettings(settings: Settings, folder: string): string[] {
  const found = new Set<string>();
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    const { module, export: name } = value as { module?: unknown; export?: unknown };
    if (typeof module === 'string' && typeof name === 'string') found.add(resolve(folder, module));
    for (const inner of Object.values(value)) walk(inner);
  };
  walk([settings.models, settings.train, settings.postprocess]);
  return [...found];
}
