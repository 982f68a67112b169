import { lstat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { assertOwn, isOwn, linkRefused } from '@podium/core';
import { settingsIn } from '../settings/read-settings.ts';

/**
 * The project that a folder of submissions belongs to: the nearest folder from there up with settings or a store, as long
 * as the folders are the user's own. (A store that somebody else put further up, in `/tmp` for example, is nobody's
 * project.) Default: two levels up, where `submissions/<competition>` is.
 * @throws PodiumError `owner-other` for a project of another user
 */
export async function projectFolder(base: string): Promise<string> {
  const usual = dirname(dirname(base));
  for (let folder = base; ; folder = dirname(folder)) {
    if (await isProject(folder)) {
      await assertOwn(folder, { what: 'project' });
      return folder;
    }
    if (dirname(folder) === folder || !(await isOwn(dirname(folder)))) return usual;
  }
}

async function isProject(folder: string): Promise<boolean> {
  const store = await lstat(join(folder, '.podium')).catch(() => undefined);
  return store !== undefined || (await settingsIn(folder)).length > 0;
}

/**
 * The folder of submissions beside settings: unlike one that the user names, it must not be a link, since whoever made the
 * project chose where it leads.
 * @throws PodiumError `link-refused`
 */
export async function ownSubmissions(folder: string): Promise<string> {
  const path = join(folder, 'submissions');
  if ((await lstat(path).catch(() => undefined))?.isSymbolicLink()) throw linkRefused(path);
  return path;
}
