import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { PodiumError } from '@podium/core';

const COMMAND = 'ssh-keygen';

/** What the command said. */
export interface Spoken {
  readonly ok: boolean;
  readonly output: string;
  readonly errors: string;
}

/**
 * Runs OpenSSH's own command for keys, as Git does for signatures. It asks for passphrases itself, on the terminal and without
 * showing them, and knows the agent: Podium sees no secret.
 * @param input for its standard input
 * @throws PodiumError `ssh-keygen-missing`; the signal's reason
 */
export async function sshKeygen(
  words: readonly string[],
  { input = new Uint8Array(), signal }: { readonly input?: Uint8Array; readonly signal?: AbortSignal } = {},
): Promise<Spoken> {
  const child = spawn(COMMAND, words, { stdio: ['pipe', 'pipe', 'pipe'], signal, windowsHide: true });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      signal?.throwIfAborted();
      reject(error.code === 'ENOENT' ? missing(error) : error);
    });
    child.once('close', resolve);
  });
  // It may end without reading everything.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const [code, output, errors] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  return { ok: code === 0, output, errors: errors.trim() };
}

function missing(cause: unknown): PodiumError {
  return new PodiumError(
    {
      code: 'ssh-keygen-missing',
      message: `signatures need the "${COMMAND}" command, which is not installed`,
      expected: 'OpenSSH 8.2 or newer on the PATH',
      fix: 'install OpenSSH (openssh-client)',
    },
    { cause },
  );
}
