import { realpath } from 'node:fs/promises';
import { PodiumError } from '@podium/core';
import { type CodeFile, codeFiles } from './code-files.ts';
import { readTrusted, trustCode, trustFolder } from './trusted-file.ts';

/** What somebody has to trust before it happens. */
export interface TrustRequest {
  /** The project, absolute. */
  readonly folder: string;
  /** Code of the project that would run, with all rights of the user. */
  readonly code: readonly CodeFile[];
  /** What it would do outside of its folder: `reads data: /home/me/photos`, `downloads https://example.org/weights.pth`. */
  readonly outside: readonly string[];
  /** Whether an answer for the whole folder covers it. */
  readonly isOfFolder: boolean;
}

/** `once`: this time; `unchanged`: as long as the code stays the same; `folder`: always in this project. */
export type TrustAnswer = 'no' | 'once' | 'unchanged' | 'folder';

/**
 * Whether code that a project brings along may run: true, false, or who decides. What the user has trusted before is never asked
 * again.
 */
export type Trust = boolean | ((request: TrustRequest) => Promise<TrustAnswer>);

/** What a project would do. */
export interface Untrusted {
  readonly folder: string;
  /** Modules that would run. */
  readonly modules?: readonly string[];
  readonly outside?: readonly string[];
  /** Whether trust in the folder covers it; default: true. */
  readonly isOfFolder?: boolean;
}

/**
 * Continues only if the user trusts what a project would do: now, or in answers that were remembered.
 * @param trust default: only what was trusted before
 * @throws PodiumError `untrusted` naming the code, its hash, and how to allow it
 */
export async function assertTrusted(
  { folder, modules = [], outside = [], isOfFolder = true }: Untrusted,
  trust: Trust = false,
): Promise<void> {
  if ((modules.length === 0 && outside.length === 0) || trust === true) return;
  const trusted = await readTrusted();
  if (isOfFolder && trusted.folders.includes(await realpath(folder))) return;
  const all = await codeFiles(modules);
  const isKnown = ({ file, sha256 }: CodeFile) =>
    Object.hasOwn(trusted.code, file) && trusted.code[file] === sha256;
  const code = all.filter((item) => !isKnown(item));
  if (code.length === 0 && outside.length === 0) return;
  const request: TrustRequest = { folder, code, outside, isOfFolder };
  const answer = trust === false ? 'no' : await trust(request);
  if (answer === 'no') throw untrusted(request);
  if (answer === 'unchanged') await trustCode(all);
  if (answer === 'folder' && isOfFolder) await trustFolder(folder);
}

/** What is asked for, in lines. */
export function describeRequest({ code, outside }: Pick<TrustRequest, 'code' | 'outside'>): string[] {
  return [...code.map(({ file, sha256 }) => `runs ${file} (SHA-256 ${sha256.slice(0, 12)})`), ...outside];
}

function untrusted(request: TrustRequest): PodiumError {
  const { folder, code } = request;
  return new PodiumError({
    code: 'untrusted',
    path: { file: folder },
    message:
      code.length > 0
        ? 'this project has code of its own, which you have not trusted; it would run with all your rights'
        : 'this project reaches beyond its folder, which you have not trusted',
    details: describeRequest(request),
    fix: `read it; if you trust it, add --trust (in a program: trust: true)`,
  });
}
