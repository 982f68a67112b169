import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PodiumError, Rng } from '@podium/core';
import { readSafetensors } from '@podium/nn/checkpoint-files';
import { expect, test } from 'vitest';
import { fixtureBytes, temporaryFolder } from '../../test/checkpoints/files.ts';
import { fixChecksums } from '../../test/checkpoints/pickles.ts';
import { readPth } from './pth/read-pth.ts';
import { readCheckpoint } from './read-checkpoint.ts';

/** A file of some kilobytes may lead to this much, and no more: the copies that any file may have, and some slack. */
const MAX_MEMORY = 2 ** 26 + 2 ** 25;

/** Bytes that readers care about: small counts, limits of integers, instructions of pickles, marks of JSON. */
const TOKENS = [
  ...'\0 \x01 \x7f \x80 \xff \xff\xff\xff\xff \xff\xff\xff\x7f }{ " [ ] , 9 \\ - 99999999'.split(' '),
  ...'( ) t \x85 R b Q q\x01 h\x01 h\x02 } u a . N K\0 J\xff\xff\xff\xff X\xff\xff\xff\x7f'.split(' '),
  ...'\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f cos\nsystem\n'.split(' '),
];

function mutate(original: Buffer, rng: Rng, end: number): Buffer {
  let bytes = Buffer.from(original);
  const changes = 1 + rng.int(3);
  for (let i = 0; i < changes; i++) {
    const at = rng.int(Math.min(end, bytes.length));
    const length = 1 + rng.int(16);
    const token = Buffer.from(TOKENS[rng.int(TOKENS.length)]!, 'latin1');
    const tail = bytes.subarray(at);
    const kind = rng.int(7);
    if (kind === 0) bytes[at] = (bytes[at] ?? 0) ^ (1 << rng.int(8));
    else if (kind === 1) token.copy(bytes, at);
    else if (kind === 2) bytes = Buffer.concat([bytes.subarray(0, at), token, tail]);
    else if (kind === 3) bytes = Buffer.concat([bytes.subarray(0, at), tail.subarray(length)]);
    else if (kind === 4) bytes = Buffer.concat([bytes.subarray(0, at), tail.subarray(0, length), tail]);
    else if (kind === 5) bytes.copy(bytes, at, rng.int(bytes.length), bytes.length);
    else bytes = bytes.subarray(0, at + 1);
  }
  return bytes;
}

interface Target {
  readonly files: readonly string[];
  readonly read: (path: string) => Promise<unknown>;
  readonly runs: number;
  /** Mutations fall before this share of the file, where its structure is. */
  readonly share: number;
  readonly repair?: (bytes: Buffer) => Buffer;
}

const TARGETS: Record<string, Target> = {
  safetensors: { files: ['official.safetensors'], read: readSafetensors, runs: 2000, share: 0.9 },
  'zip, as it is': { files: ['zip.pth'], read: readCheckpoint, runs: 600, share: 1 },
  'zip, its checksums set right': {
    files: ['training.pth', 'zip.pth', 'zip-protocol4.pth'],
    read: readPth,
    runs: 1800,
    share: 0.5,
    repair: fixChecksums,
  },
  legacy: {
    files: ['legacy.pth', 'training-legacy.pth', 'legacy-protocol4.pth'],
    read: readPth,
    runs: 2000,
    share: 0.9,
  },
};

test.each(Object.entries(TARGETS))(
  'mutated files are read or rejected, at low cost: %s',
  async (name, { files, read, runs, share, repair }) => {
    const path = join(temporaryFolder(), 'mutant');
    const rng = Rng.fromSeed('checkpoint fuzz').split(name);
    const originals = files.map(fixtureBytes);
    let rejected = 0;
    for (let run = 0; run < runs; run++) {
      const original = originals[run % originals.length]!;
      const mutant = mutate(original, rng.split(run), Math.ceil(original.length * share));
      writeFileSync(path, repair?.(mutant) ?? mutant);
      const before = process.memoryUsage().arrayBuffers;
      try {
        await read(path);
      } catch (error) {
        rejected++;
        if (!(error instanceof PodiumError)) {
          throw new Error(`run ${run}: ${String(error)}`, { cause: error });
        }
        expect(error.problem.path?.file).toBe(path);
      }
      expect(process.memoryUsage().arrayBuffers - before, `run ${run}`).toBeLessThan(MAX_MEMORY);
    }
    // Some mutants are still whole, most are not; else the mutations would test nothing.
    expect(rejected).toBeGreaterThan(runs / 3);
    expect(rejected).toBeLessThan(runs);
  },
);
