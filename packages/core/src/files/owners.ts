import { existsSync, lstatSync, type Stats, statSync } from 'node:fs';
import { chmod, mkdir, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { PodiumError } from '../errors.ts';
import { readTextSync } from './read-file.ts';

/** Folders that their user may have others own, separated as in PATH; `*` stands for all. */
const SAFE_FOLDERS = 'PODIUM_SAFE_FOLDERS';
/** The same in a file, one folder per line. Never in a project: it would vouch for itself. */
const SAFE_FILE = 'safe-folders';
const ROOT = 0;
const OTHERS_WRITE = 0o002;
const GROUP_WRITES = 0o020;
/** Who may create files in such a folder cannot rename or remove those of others. */
const STICKY = 0o1000;

type Env = Readonly<Record<string, string | undefined>>;

/** Where a user's own choices about Podium are kept, outside of all projects. PODIUM_CONFIG names another folder. */
export function userConfigFolder(env: Env = process.env): string {
  const { PODIUM_CONFIG: chosen = '', XDG_CONFIG_HOME: base = '', HOME } = env;
  if (chosen !== '') return resolve(chosen);
  // The XDG specification says to ignore a relative path.
  return join(isAbsolute(base) ? base : join(HOME || homedir(), '.config'), 'podium');
}

export interface OwnerOptions {
  /** What it is, for messages: "store", "project". */
  readonly what: string;
  /** Refuse it also if others may write to it. */
  readonly private?: boolean;
  /** The path in messages. Default: the path. */
  readonly name?: string;
  /** The folder to make safe: all of it. Default: the path. */
  readonly whole?: string;
  readonly env?: Env;
}

/**
 * Refuses a folder or file of another user, who could have put anything there, as git does with repositories. Systems
 * without user ids are not checked; neither is what does not exist.
 * @throws PodiumError `owner-other`, `owner-writable`, each with the way to allow it
 */
export async function assertOwn(
  path: string,
  { what, private: isPrivate = false, name = path, whole = name, env = process.env }: OwnerOptions,
): Promise<void> {
  const user = process.geteuid?.();
  const found = await stat(path).catch(() => undefined);
  if (user === undefined || found === undefined) return;
  const isOther = !ownersOf(user, env).has(found.uid);
  const isOpen = isPrivate && othersMayWrite(found);
  if (!(isOther || isOpen) || isSafe(name, env)) return;
  throw isOther ? ofAnother(name, whole, what, user, found) : writable(name, whole, what);
}

/**
 * Whether a folder is the user's own, as {@link assertOwn} sees it, but for what the user allows. True on systems without
 * user ids.
 */
export async function isOwn(path: string): Promise<boolean> {
  const user = process.geteuid?.();
  const found = await stat(path).catch(() => undefined);
  return user === undefined || (found !== undefined && ownersOf(user, process.env).has(found.uid));
}

/** Whether only the user can write to a folder, or says that it is safe; also if it does not exist. */
export async function isClosed(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found === undefined || isClosedTo(found, process.env) || isSafe(path, process.env);
}

/** Makes a folder that nobody else may write to, or closes the user's own: what is in it is trusted later. */
export async function makeClosed(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o755 });
  if (!(await isClosed(folder))) await chmod(folder, (await stat(folder)).mode & 0o7755);
}

function isClosedTo(found: Stats, env: Env): boolean {
  const user = process.geteuid?.();
  return user === undefined || (ownersOf(user, env).has(found.uid) && !othersMayWrite(found));
}

/** A group with the number of the owner is, by custom, the owner's alone. */
function othersMayWrite({ mode, uid, gid }: Stats): boolean {
  return (mode & OTHERS_WRITE) !== 0 || ((mode & GROUP_WRITES) !== 0 && gid !== uid);
}

/**
 * The part of a shared folder that only the user can write to: the folder itself, if nobody else may write to it or the
 * user says that it is safe; a folder that belongs to the user in it, if others may not rename that; else undefined.
 * @throws PodiumError `owner-other`, `owner-writable` if somebody else made that folder
 */
export function ownPartOf(folder: string, env: Env = process.env): string | undefined {
  const user = process.geteuid?.();
  const found = statSync(folder, { throwIfNoEntry: false });
  if (user === undefined || found === undefined || isClosedTo(found, env) || isSafe(folder, env))
    return folder;
  if (!ownersOf(user, env).has(found.uid) || (found.mode & STICKY) === 0) return undefined;
  const own = join(folder, `user-${user}`);
  const inside = lstatSync(own, { throwIfNoEntry: false });
  if (inside === undefined || (inside.isDirectory() && isClosedTo(inside, env))) return own;
  throw ofAnother(own, own, 'cache', user, inside);
}

/**
 * The user, also the one whom this process has left for a while, the one who became root by
 * sudo, and root, who may do anything anyway.
 */
function ownersOf(user: number, { SUDO_UID = '' }: Env): ReadonlySet<number> {
  const sudo = user === 0 && /^\d+$/.test(SUDO_UID) ? [Number(SUDO_UID)] : [];
  return new Set([user, process.getuid?.() ?? user, ROOT, ...sudo]);
}

function isSafe(path: string, env: Env): boolean {
  const file = join(userConfigFolder(env), SAFE_FILE);
  const lines = existsSync(file) ? readTextSync(file).split(/\r?\n/) : [];
  const named = [...(env[SAFE_FOLDERS] ?? '').split(delimiter), ...lines].map((name) => name.trim());
  const place = resolve(path);
  return named.some((name) => name === '*' || (isAbsolute(name) && isInside(name, place)));
}

function isInside(folder: string, path: string): boolean {
  const way = relative(resolve(folder), path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !/^[a-z]:/i.test(way);
}

function ofAnother(file: string, whole: string, what: string, user: number, { uid }: Stats): PodiumError {
  return new PodiumError({
    code: 'owner-other',
    path: { file },
    message: `this ${what} belongs to another user (id ${uid}; you are ${user}), who may have put anything there`,
    fix: `if you trust it: ${howToAllow(whole)}${user === 0 ? '; in a container, start as that user instead (docker run --user)' : ''}`,
  });
}

function writable(file: string, whole: string, what: string): PodiumError {
  return new PodiumError({
    code: 'owner-writable',
    path: { file },
    message: `other users may write to this ${what}, and so decide what you find there`,
    fix: `forbid it: chmod -R go-w ${JSON.stringify(whole)}; or, if you trust them: ${howToAllow(whole)}`,
  });
}

function howToAllow(file: string): string {
  return `export ${SAFE_FOLDERS}=${JSON.stringify(resolve(file))} (or write the folder to ${join(userConfigFolder(), SAFE_FILE)})`;
}
