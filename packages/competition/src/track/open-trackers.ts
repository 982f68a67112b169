import { isAbsolute, relative, resolve } from 'node:path';
import { type Tracker, type TrackerContext, trackers } from '@podium/trackers';
import { nameAndOptions } from '../recipe/shared-schemas.ts';
import type { Settings } from '../settings/schema.ts';

/** The trackers that settings name, with their options. */
export function openTrackers({ trackers: given }: Settings, context: TrackerContext): Tracker[] {
  return given.map((each) => {
    const { name, options } = nameAndOptions(each);
    const entry = trackers.get(name);
    return entry.create(entry.settings.parse(options), context);
  });
}

/** What trackers do outside of the folder of the settings: write elsewhere, send to a server. */
export function outsideOfTrackers({ trackers: given }: Settings, folder: string): string[] {
  return given.flatMap((each) => {
    const { name, options } = nameAndOptions(each);
    const entry = trackers.get(name);
    const target = entry.target(entry.settings.parse(options));
    if (target.url !== undefined) return [`sends curves and images of trainings to ${target.url}`];
    const path = resolve(folder, target.folder!);
    const way = relative(folder, path);
    const isInside = !isAbsolute(way) && way.split(/[\\/]/)[0] !== '..';
    return isInside ? [] : [`writes to ${path}, outside of the project`];
  });
}
