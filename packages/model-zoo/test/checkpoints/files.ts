import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { StateDict, StateTensor } from '@podium/nn';
import { onTestFinished } from 'vitest';

/** Path of a file that real PyTorch or safetensors wrote. */
export function fixture(name: string): string {
  return fileURLToPath(new URL(`../../src/checkpoints/fixtures/${name}`, import.meta.url));
}

export function fixtureBytes(name: string): Buffer {
  return readFileSync(fixture(name));
}

interface Expected {
  readonly dtype: string;
  readonly shape: number[];
  readonly hex: string;
}

/** PyTorch's description of the tensors of a fixture. */
export function expectedTensors(file: string): Record<string, Expected> {
  return JSON.parse(fixtureBytes('expected.json').toString())[file];
}

/** A state in the form of `expected.json`. */
export function described(state: StateDict): Record<string, Expected> {
  return Object.fromEntries([...state].map(([name, tensor]) => [name, describeTensor(tensor)]));
}

function describeTensor({ dtype, shape, data }: StateTensor): Expected {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return { dtype, shape: [...shape], hex: bytes.toString('hex') };
}

/** A folder that is removed when the test has finished. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'podium-checkpoints-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes bytes to a file that is removed when the test has finished. */
export function temporaryFile(bytes: Uint8Array | string, name = 'file.bin'): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, bytes);
  return path;
}

/** A safetensors file with any header. */
export function safetensors(header: string | object, data: Uint8Array | number = 0): Buffer {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([prefix, text, typeof data === 'number' ? Buffer.alloc(data) : data]);
}
