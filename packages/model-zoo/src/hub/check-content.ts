import { open } from 'node:fs/promises';
import { PodiumError } from '@podium/core';

/** The limit of the safetensors format, far above the header of any checkpoint. */
const MAX_HEADER_BYTES = 100_000_000;

/**
 * Checks the first bytes of a file for what is often saved instead of weights: a web page, a Git LFS pointer, an error text.
 * The readers of checkpoints check the rest.
 *
 * @param name of the file; its extension states the format
 * @throws PodiumError `weights-not-weights`
 */
export async function checkContent(path: string, name: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const head = Buffer.alloc(200);
    const { bytesRead } = await file.read(head, 0, head.length, 0);
    const got = otherContent(head.subarray(0, bytesRead), name.toLowerCase(), size);
    if (got === undefined) return;
    throw new PodiumError({
      code: 'weights-not-weights',
      path: { file: name },
      expected: 'a file of weights',
      ...got,
    });
  } finally {
    await file.close();
  }
}

function otherContent(
  head: Buffer,
  name: string,
  size: number,
): { readonly got: string; readonly fix: string } | undefined {
  const text = head.toString('latin1').trimStart();
  if (/^<(!doctype|html|\?xml|head|body)/i.test(text))
    return { got: 'a web page', fix: 'check the address; your network may require a login' };
  if (text.startsWith('version https://git-lfs'))
    return { got: 'a pointer to Git large file storage', fix: 'download the file itself with git lfs pull' };
  const other = { fix: 'check that the file is a checkpoint of the format that its extension states' };
  if (name.endsWith('.safetensors')) {
    const header = size < 8 ? 0n : head.readBigUInt64LE(0);
    const sound = header >= 2n && header <= BigInt(Math.min(size - 8, MAX_HEADER_BYTES)) && head[8] === 0x7b;
    return sound ? undefined : { got: `${size} bytes that are not a safetensors file`, ...other };
  }
  if (/\.(pth|pt|bin)$/.test(name)) {
    // A zip, or a pickle of protocol 2 or newer.
    const sound = text.startsWith('PK\x03\x04') || (head[0] === 0x80 && (head[1] ?? 0) >= 2);
    return sound ? undefined : { got: `${size} bytes that are not a PyTorch checkpoint`, ...other };
  }
  return size === 0 ? { got: 'an empty file', ...other } : undefined;
}
