import { resolve } from 'node:path';
import type { Settings } from '../settings/schema.ts';
import { outsideOfTrackers } from '../track/open-trackers.ts';

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

/** What settings would do outside of their folder, besides reading images: downloads from addresses, records of trackers. */
export function outsideOfSettings(settings: Settings, folder: string): string[] {
  const { models = [] } = settings;
  const addresses = models.flatMap((model) => {
    const weights = typeof model === 'string' ? undefined : model.pretrained;
    return typeof weights === 'string' && /^https?:/i.test(weights) ? [`downloads ${weights}`] : [];
  });
  return [...addresses, ...outsideOfTrackers(settings, folder)];
}
