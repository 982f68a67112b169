import { open } from 'node:fs/promises';
import { PodiumError } from '@podium/core';

/** No checkpoint's table of tensors comes near this; the safetensors library draws the line there too. */
const MAX_HEADER_BYTES = 100_000_000;

/**
 * A look at a file's first bytes, for what commonly lies in the place of weights: a web page, a Git LFS pointer, an error
 * text. What the readers of checkpoints check is left to them.
 *
 * @param name What the file is called; its ending says what it should be.
 * @throws PodiumError `weights-not-weights`.
 */
export async function checkContent(path: string, name: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const head = Buffer.alloc(200);
    const { bytesRead } = await file.read(head, 0, head.length, 0);
    const got = whatElse(head.subarray(0, bytesRead), name.toLowerCase(), size);
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

function whatElse(
  head: Buffer,
  name: string,
  size: number,
): { readonly got: string; readonly fix: string } | undefined {
  const text = head.toString('latin1').trimStart();
  if (/^<(!doctype|html|\?xml|head|body)/i.test(text))
    return { got: 'a web page', fix: 'check the address; the network may want you to log in first' };
  if (text.startsWith('version https://git-lfs'))
    return { got: 'a pointer to Git large file storage', fix: 'fetch the file itself with git lfs pull' };
  const other = { fix: 'check that it is a checkpoint of the kind that its ending says' };
  if (name.endsWith('.safetensors')) {
    const header = size < 8 ? 0n : head.readBigUInt64LE(0);
    const sound = header >= 2n && header <= BigInt(Math.min(size - 8, MAX_HEADER_BYTES)) && head[8] === 0x7b;
    return sound ? undefined : { got: `${size} bytes that are no safetensors file`, ...other };
  }
  if (/\.(pth|pt|bin)$/.test(name)) {
    // A zip, or a pickle of protocol 2 or above.
    const sound = text.startsWith('PK\x03\x04') || (head[0] === 0x80 && (head[1] ?? 0) >= 2);
    return sound ? undefined : { got: `${size} bytes that are no PyTorch checkpoint`, ...other };
  }
  return size === 0 ? { got: 'an empty file', ...other } : undefined;
}
