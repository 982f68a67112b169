import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { readBytes, readBytesIfAny, removeTree, writeFileAtomic } from '@podium/core';
import { NAMESPACE, signaturePath } from './sign-file.ts';
import { sshKeygen } from './ssh-keygen.ts';

/** Far above any signature. */
const MAX_BYTES = 1 << 16;

/** What a signature says about a file. */
export type SignatureVerdict =
  /** The file has no signature. */
  | { readonly status: 'none' }
  /** It is of these bytes, by this key; whose key it is, nobody said. */
  | { readonly status: 'good'; readonly key: string }
  /** It is of these bytes, by a key of this signer. */
  | { readonly status: 'known'; readonly key: string; readonly signer: string }
  /** It is of these bytes, by a key of nobody in the list. */
  | { readonly status: 'unknown'; readonly key: string }
  /** It is of other bytes, or no signature. */
  | { readonly status: 'bad' };

/**
 * Checks the signature beside a file.
 * @param bytes of the file
 * @param options.signers who may sign, in the form of `ssh-keygen` and Git: lines such as `ada@example.org ssh-ed25519 AAAA...`
 * @throws PodiumError `ssh-keygen-missing`, file errors for the list
 */
export async function verifySignature(
  file: string,
  bytes: Uint8Array,
  { signers, signal }: { readonly signers?: string | undefined; readonly signal?: AbortSignal } = {},
): Promise<SignatureVerdict> {
  const beside = signaturePath(file);
  const signature = await readBytesIfAny(beside, { root: dirname(beside), maxBytes: MAX_BYTES });
  if (signature === undefined) return { status: 'none' };
  if (signers !== undefined) await readBytes(signers);
  const folder = await mkdtemp(join(tmpdir(), 'podium-verify-'));
  try {
    // A copy: ssh-keygen would wait for a pipe, and a file may change between two looks.
    const path = join(folder, 'signature');
    await writeFileAtomic(path, signature, { mode: 0o600 });
    const checked = await sshKeygen(['-Y', 'check-novalidate', '-n', NAMESPACE, '-s', path], {
      input: bytes,
      signal,
    });
    const key = /\bwith (\S+) key (SHA256:\S+)/.exec(checked.output + checked.errors);
    if (!checked.ok || key === null) return { status: 'bad' };
    const shown = `${key[1]} ${key[2]}`;
    if (signers === undefined) return { status: 'good', key: shown };
    const found = await sshKeygen(['-Y', 'find-principals', '-f', signers, '-s', path], { signal });
    for (const signer of found.ok ? found.output.split('\n').filter((line) => line !== '') : []) {
      const words = ['-Y', 'verify', '-f', signers, '-I', signer, '-n', NAMESPACE, '-s', path];
      if ((await sshKeygen(words, { input: bytes, signal })).ok)
        return { status: 'known', key: shown, signer };
    }
    return { status: 'unknown', key: shown };
  } finally {
    await removeTree(folder);
  }
}
