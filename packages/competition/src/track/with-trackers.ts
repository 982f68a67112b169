import { resolve } from 'node:path';
import type { ProjectOptions } from '../run/project.ts';
import type { SettingsFile } from '../settings/read-settings.ts';
import { followTrainings } from './follow-trainings.ts';
import { openTrackers } from './open-trackers.ts';

/** Records trainings while `use` runs, as the settings say. */
export async function withTrackers<T, Options extends ProjectOptions & { readonly now?: () => number }>(
  { settings, folder }: SettingsFile,
  options: Options,
  use: (options: Options) => Promise<T>,
): Promise<T> {
  const trackers = openTrackers(settings, { folder, now: options.now ?? (() => 0) });
  if (trackers.length === 0) return await use(options);
  const follower = followTrainings(trackers, {
    competition: settings.competition,
    root: resolve(folder, settings.data.folder),
    onWarning: (message) => options.onEvent?.({ type: 'warning', code: 'tracker-failed', message }),
  });
  const shown: Options = {
    ...options,
    onEvent: (event) => {
      follower.onEvent(event);
      options.onEvent?.(event);
    },
  };
  try {
    return await use(shown);
  } finally {
    await follower.close();
  }
}
