import { lstat } from 'node:fs/promises';
import { dirname, join, normalize, resolve, sep } from 'node:path';
import { assertOwn, isOwn, linkRefused } from '@podium/core';
import type { RunRecord } from '@podium/pipeline';
import { settingsIn } from '../settings/read-settings.ts';
import type { Settings } from '../settings/schema.ts';

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

/**
 * The store of a recorded run: of the project that its folder of submissions belongs to. If that has none, because the user
 * let the run write elsewhere, the one beside its data's settings, as long as that is the user's own.
 * @param folder the project's, see {@link projectFolder}
 * @param base the folder of the record
 */
export async function projectStore(
  folder: string,
  {
    base,
    stages,
    settings,
  }: { readonly base: string; readonly stages: RunRecord; readonly settings: Settings },
): Promise<string> {
  const usual = join(folder, '.podium');
  if (await isFolder(usual)) return usual;
  const data = resolve(base, stages.sources.data?.path ?? '');
  const ending = sep + normalize(settings.data.folder);
  if (!data.endsWith(ending)) return usual;
  const project = data.slice(0, -ending.length);
  const beside = join(project, '.podium');
  return (await isFolder(beside)) && (await isOwn(project)) ? beside : usual;
}

async function isFolder(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined))?.isDirectory() === true;
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
