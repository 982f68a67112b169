import { open, stat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { fileError, PodiumError } from '@podium/core';
import { z } from 'zod';
import type { CompetitionFolder } from '../folder/open-folder.ts';
import { labelOf } from '../manifest/row-labels.ts';
import { sortClasses } from '../manifest/sort-classes.ts';
import type { ManifestRow } from '../manifest/types.ts';
import { defineLayout, type Layout, type Split } from './layout.ts';
import { text } from './layout-settings.ts';

/** File names of MNIST and its variants: `train-images-idx3-ubyte`, `t10k-labels.idx1-ubyte`, `emnist-letters-test-...`. */
const IDX = /(train|t10k|test)[^/]*-(images|labels)[-.]idx[134]-ubyte(\.gz)?$/i;
/** Twenty times the largest set of this format. A header of a few bytes may claim billions, in a file of holes. */
const MAX_IMAGES = 1 << 24;

interface Part {
  readonly images: string;
  readonly labels: string | undefined;
}

/**
 * MNIST's files: images and labels as bytes after a short header (the format is described at the end of
 * http://yann.lecun.com/exdb/mnist/). Ids are `train-00000`, `test-00000`. Test labels are read too, if there are any.
 */
export const idx: Layout = defineLayout({
  name: 'idx',
  summary: "MNIST's four idx files",
  settings: z.object({ head: text().default('label').describe('name of the head') }),
  detect: async (folder) => {
    const found = folder.files.filter((file) => IDX.test(file));
    if (found.length < 2) return { confidence: 0, evidence: [] };
    return {
      confidence: 0.95,
      evidence: [`${posix.basename(found[0]!)} and ${found.length - 1} more idx files`],
    };
  },
  read: async (folder, { head }) => {
    const parts = findParts(folder);
    if (parts.train.labels === undefined) noFile(folder, 'train-labels-idx1-ubyte');
    const train = await readPart(folder, 'train', parts.train, head);
    const test = parts.test === undefined ? [] : await readPart(folder, 'test', parts.test, head);
    const classes = sortClasses(new Set(train.map((row) => labelOf(row, head) as string)));
    return {
      layout: 'idx',
      root: folder.root,
      heads: [{ name: head, task: 'single-label', classes }],
      train,
      test,
      missing: [],
      unlisted: [],
    };
  },
});

function findParts(folder: CompetitionFolder): { train: Part; test: Part | undefined } {
  const parts: Record<Split, { images?: string; labels?: string }> = { train: {}, test: {} };
  for (const file of folder.files) {
    const match = IDX.exec(file);
    if (match === null) continue;
    const part = parts[/train/i.test(match[1]!) ? 'train' : 'test'];
    const kind = match[2]!.toLowerCase() as 'images' | 'labels';
    if (match[3] !== undefined) {
      // The unpacked file next to it is used instead.
      if (folder.files.includes(file.slice(0, -'.gz'.length))) continue;
      throw new PodiumError({
        code: 'layout-packed',
        message: 'the file is compressed, but pixels are read from the middle of it',
        path: { file },
        expected: 'the unpacked file',
        fix: `unpack it: gunzip -k ${file}`,
      });
    }
    if (part[kind] !== undefined) {
      throw new PodiumError({
        code: 'layout-ambiguous',
        message: `two files contain the ${kind} of the same split`,
        path: { file },
        got: `${part[kind]} and this file`,
        fix: 'keep one dataset in the folder',
      });
    }
    part[kind] = file;
  }
  if (parts.train.images === undefined) noFile(folder, 'train-images-idx3-ubyte');
  const part = ({ images, labels }: { images?: string; labels?: string }): Part => ({
    images: images!,
    labels,
  });
  return { train: part(parts.train), test: parts.test.images === undefined ? undefined : part(parts.test) };
}

function noFile(folder: CompetitionFolder, name: string): never {
  throw new PodiumError({
    code: 'layout-no-file',
    path: { file: folder.given },
    expected: `a file such as ${name}`,
    got: folder.files.filter((file) => IDX.test(file)).join(', ') || 'none',
    fix: 'download the missing file',
  });
}

async function readPart(
  folder: CompetitionFolder,
  split: Split,
  part: Part,
  head: string,
): Promise<ManifestRow[]> {
  const images = await readHeader(folder, part.images, [3, 4]);
  const [count = 0, height = 0, width = 0, channels = 1] = images.shape;
  if (count > MAX_IMAGES) {
    throw new PodiumError({
      code: 'layout-too-large',
      message: 'this file says that it has more images than a competition can have',
      path: { file: part.images },
      expected: `at most ${MAX_IMAGES}`,
      got: String(count),
      fix: 'download it again; if it is right, split it into several competitions',
    });
  }
  let labels: Uint8Array | undefined;
  if (part.labels !== undefined) {
    const header = await readHeader(folder, part.labels, [1]);
    if (header.shape[0] !== count) {
      damaged(part.labels, `${count} labels, one per image of ${part.images}`, String(header.shape[0]));
    }
    labels = await readBytes(folder, part.labels, header.start, count);
  }
  if (![1, 3, 4].includes(channels)) damaged(part.images, '1, 3 or 4 channels', String(channels));
  const digits = Math.max(5, String(count - 1).length);
  const size = height * width * channels;
  return Array.from({ length: count }, (_, i) => ({
    id: `${split}-${String(i).padStart(digits, '0')}`,
    image: { kind: 'raw', path: part.images, offset: images.start + i * size, width, height, channels },
    labels: labels === undefined ? {} : { [head]: String(labels[i]) },
    weight: 1,
    provenance: { kind: 'true' },
  }));
}

/** Two zero bytes, the type (8: uint8), the number of dimensions, then each dimension as a big-endian 32-bit number. */
async function readHeader(
  folder: CompetitionFolder,
  file: string,
  ranks: readonly number[],
): Promise<{ shape: number[]; start: number }> {
  const { size } = await stat(join(folder.root, file));
  const head = Buffer.from(await readBytes(folder, file, 0, Math.min(size, 20)));
  const [zero0, zero1, type, rank = 0] = head;
  if (zero0 !== 0 || zero1 !== 0 || type !== 8) {
    damaged(file, 'an idx file of bytes, which starts with 00 00 08', head.subarray(0, 4).toString('hex'));
  }
  if (!ranks.includes(rank)) damaged(file, `${ranks.join(' or ')} dimensions`, String(rank));
  const start = 4 + 4 * rank;
  if (head.length < start) damaged(file, `a header of ${start} bytes`, `${head.length} bytes`);
  const shape = Array.from({ length: rank }, (_, i) => head.readUInt32BE(4 + 4 * i));
  const expected = shape.reduce((product, length) => product * length, 1) + start;
  if (size !== expected || shape.includes(0)) {
    damaged(file, `${expected} bytes for ${shape.join(' x ')} values`, `${size} bytes`);
  }
  return { shape, start };
}

async function readBytes(
  folder: CompetitionFolder,
  file: string,
  start: number,
  length: number,
): Promise<Uint8Array> {
  try {
    const handle = await open(join(folder.root, file));
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, start);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw fileError(error, file, 'read');
  }
}

function damaged(file: string, expected: string, got: string): never {
  throw new PodiumError({
    code: 'layout-damaged-file',
    message: 'this is not a complete idx file',
    path: { file },
    expected,
    got,
    fix: 'download it again',
  });
}
