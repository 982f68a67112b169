import { mkdir, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  compareCodeUnits,
  fileError,
  PodiumError,
  readText,
  userConfigFolder,
  writeFileAtomic,
} from '@podium/core';
import { z } from 'zod';
import type { CodeFile } from './code-files.ts';

const schema = z.strictObject({
  format: z.literal(1),
  /** Projects whose code may run, also after it has changed. */
  folders: z.array(z.string()),
  /** Code that may run as long as it stays the same: path to SHA-256. */
  code: z.record(z.string(), z.string().regex(/^[0-9a-f]{64}$/)),
});

/** What the user has trusted before. */
export type Trusted = z.output<typeof schema>;

/** Where it is remembered: in the user's folder, never in a project, which could then trust itself. */
export function trustedFile(): string {
  return join(userConfigFolder(), 'trusted.json');
}

/** @throws PodiumError `trust-file` if the file cannot be understood */
export async function readTrusted(): Promise<Trusted> {
  const file = trustedFile();
  let text: string;
  try {
    text = await readText(file);
  } catch (error) {
    if (error instanceof PodiumError && error.code === 'file-not-found')
      return { format: 1, folders: [], code: {} };
    throw error;
  }
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    throw new PodiumError({
      code: 'trust-file',
      path: { file },
      message: 'this list of trusted projects cannot be understood',
      fix: 'delete it; Podium asks again then',
    });
  }
}

/**
 * Remembers that the code of a project may run, now and after it has changed: for projects that the user has made.
 * To forget it, delete the line from `trusted.json`.
 */
export async function trustFolder(folder: string): Promise<void> {
  const real = await realpath(folder);
  await change(({ folders, ...rest }) => ({ ...rest, folders: [...new Set([...folders, real])] }));
}

/** Remembers that these files may run as long as they stay the same. */
export async function trustCode(files: readonly CodeFile[]): Promise<void> {
  const added = Object.fromEntries(files.map(({ file, sha256 }) => [file, sha256]));
  await change(({ code, ...rest }) => ({ ...rest, code: { ...code, ...added } }));
}

async function change(edit: (trusted: Trusted) => Trusted): Promise<void> {
  const file = trustedFile();
  const { folders, code } = edit(await readTrusted());
  const sorted: Trusted = {
    format: 1,
    folders: [...folders].sort(compareCodeUnits),
    code: Object.fromEntries(Object.entries(code).sort(([a], [b]) => compareCodeUnits(a, b))),
  };
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  } catch (error) {
    throw fileError(error, file, 'write');
  }
  await writeFileAtomic(file, `${JSON.stringify(sorted, null, 2)}\n`);
}
