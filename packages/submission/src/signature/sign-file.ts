import { PodiumError, readBytes, writeFileAtomic } from '@podium/core';
import { sshKeygen } from './ssh-keygen.ts';

/** What a signature is for: one that was made for something else never counts. */
export const NAMESPACE = 'podium';

/** The signature of a file, beside it. */
export function signaturePath(file: string): string {
  return `${file}.sig`;
}

/**
 * The fingerprint of a key to sign with; needs no passphrase. Call it before hours of work.
 * @param key a private key of OpenSSH, or the public one of a key that the agent holds
 * @throws PodiumError `sign-key`, `ssh-keygen-missing`, `file-not-found`
 */
export async function fingerprintOf(key: string): Promise<string> {
  await readBytes(key);
  const { ok, output } = await sshKeygen(['-l', '-f', key]);
  const fingerprint = /\bSHA256:\S+/.exec(output)?.[0];
  if (ok && fingerprint !== undefined) return fingerprint;
  throw new PodiumError({
    code: 'sign-key',
    path: { file: key },
    expected: 'a key of OpenSSH',
    fix: 'name one such as ~/.ssh/id_ed25519, or make one: ssh-keygen -t ed25519 -f podium-key',
  });
}

/**
 * Signs a file with an SSH key, into `<file>.sig`, which `ssh-keygen -Y verify -n podium` understands, too.
 * @returns the path of the signature
 * @throws PodiumError `sign-failed` with what ssh-keygen said, `ssh-keygen-missing`, file errors
 */
export async function signFile(
  file: string,
  key: string,
  options: { readonly signal?: AbortSignal } = {},
): Promise<string> {
  const input = await readBytes(file, { maxBytes: 2 ** 31 - 1 });
  const { ok, output, errors } = await sshKeygen(['-q', '-Y', 'sign', '-f', key, '-n', NAMESPACE], {
    input,
    ...options,
  });
  if (!ok || !output.includes('BEGIN SSH SIGNATURE')) {
    throw new PodiumError({
      code: 'sign-failed',
      path: { file: key },
      message: 'ssh-keygen did not sign with this key',
      got: JSON.stringify(errors.split('\n').at(-1) ?? ''),
      fix: 'a key with a passphrase needs a terminal, or the agent: "ssh-add KEY", then --sign KEY.pub',
    });
  }
  const path = signaturePath(file);
  await writeFileAtomic(path, output);
  return path;
}
