import { createHash } from 'node:crypto';
import { mkdir, open } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import { type Entry, openPromise, type ZipFile } from 'yauzl';
import { briefly, SourceFailure, systemCode } from './failure.ts';

/** Limits far above the wheels of TensorFlow and NVIDIA. */
const MAX_ENTRIES = 200_000;
const MAX_TEXT_BYTES = 16 * 1024 * 1024;
const MAX_FILE_BYTES = 4 * 1024 ** 3;

/** A file extracted from a wheel. */
interface UnpackedFile {
  readonly bytes: number;
  /** Hexadecimal SHA-256 of its content. */
  readonly sha256: string;
}

/** An open wheel: a zip file whose `RECORD` lists the SHA-256 and size of every file. */
export interface Wheel {
  /** File name of the wheel. */
  readonly name: string;
  readonly files: ReadonlySet<string>;
  /** Unpacked size of a file in bytes. */
  size(file: string): number;
  /** Content of a text file, checked by its CRC-32. */
  text(file: string): Promise<string>;
  /** Unpacks a file to `target`, which must not exist, checks its size and SHA-256, and flushes it to disk. */
  unpack(file: string, target: string, onBytes?: (bytes: number) => void): Promise<UnpackedFile>;
  close(): void;
}

/**
 * Opens a wheel and reads its list of files and its RECORD.
 *
 * @throws SourceFailure if it is truncated or damaged, or a name would leave the target folder
 */
export async function openWheel(path: string): Promise<Wheel> {
  const name = basename(path);
  const damaged = (error: unknown): SourceFailure =>
    error instanceof SourceFailure || systemCode(error) !== undefined
      ? (error as SourceFailure)
      : new SourceFailure(`the wheel ${name} is damaged: ${briefly(error)}`, { cause: error });
  let zip: ZipFile | undefined;
  try {
    // yauzl rejects names with `..`, a drive, a backslash or a leading `/`.
    zip = await openPromise(path, { autoClose: false, strictFileNames: true, validateEntrySizes: true });
    const entries = await readEntries(zip);
    return makeWheel(name, zip, entries, await readRecord(zip, entries), damaged);
  } catch (error) {
    zip?.close();
    throw damaged(error);
  }
}

function makeWheel(
  name: string,
  zip: ZipFile,
  entries: ReadonlyMap<string, Entry>,
  record: ReadonlyMap<string, UnpackedFile>,
  damaged: (error: unknown) => SourceFailure,
): Wheel {
  return {
    name,
    files: new Set(entries.keys()),
    size: (file) => entries.get(file)?.uncompressedSize ?? 0,
    text: (file) =>
      readText(zip, entryOf(entries, file)).catch((error: unknown) => Promise.reject(damaged(error))),
    unpack: async (file, target, onBytes) => {
      try {
        const expected = record.get(file);
        if (expected === undefined) throw new Error(`its RECORD lists no SHA-256 for ${file}`);
        const got = await writeEntry(zip, entryOf(entries, file), target, onBytes);
        if (got.sha256 !== expected.sha256 || got.bytes !== expected.bytes) {
          throw new Error(
            `${file}: expected SHA-256 ${expected.sha256} (${expected.bytes} bytes), got ${got.sha256} (${got.bytes} bytes)`,
          );
        }
        return got;
      } catch (error) {
        throw damaged(error);
      }
    },
    close: () => zip.close(),
  };
}

function entryOf(entries: ReadonlyMap<string, Entry>, file: string): Entry {
  const entry = entries.get(file);
  if (entry === undefined) throw new Error(`it has no ${file}`);
  return entry;
}

async function readEntries(zip: ZipFile): Promise<Map<string, Entry>> {
  if (zip.entryCount > MAX_ENTRIES) throw new Error(`it claims to contain ${zip.entryCount} files`);
  const entries = new Map<string, Entry>();
  for await (const entry of zip.eachEntry()) {
    const { fileName } = entry;
    if (fileName.endsWith('/')) continue;
    if (entries.has(fileName)) throw new Error(`it contains ${fileName} twice`);
    entries.set(fileName, entry);
  }
  return entries;
}

/**
 * RECORD is a CSV file of path, `sha256=` with the hash in URL-safe base64, and size (PEP 376 and the wheel
 * specification).
 */
async function readRecord(
  zip: ZipFile,
  entries: ReadonlyMap<string, Entry>,
): Promise<Map<string, UnpackedFile>> {
  const path = [...entries.keys()].find((file) => /^[^/]+\.dist-info\/RECORD$/.test(file));
  if (path === undefined) throw new Error('it has no RECORD');
  const record = new Map<string, UnpackedFile>();
  for (const line of (await readText(zip, entryOf(entries, path))).split(/\r?\n/)) {
    const [, file, hash, bytes] = /^"?(.+?)"?,sha256=([\w-]+),(\d+)$/.exec(line) ?? [];
    if (file === undefined || hash === undefined) continue;
    record.set(file, { bytes: Number(bytes), sha256: Buffer.from(hash, 'base64url').toString('hex') });
  }
  return record;
}

async function readText(zip: ZipFile, entry: Entry): Promise<string> {
  if (entry.uncompressedSize > MAX_TEXT_BYTES)
    throw new Error(`${entry.fileName} is too large for a text file`);
  const parts: Buffer[] = [];
  for await (const part of await openEntry(zip, entry)) parts.push(part as Buffer);
  const bytes = Buffer.concat(parts);
  if (crc32(bytes) !== entry.crc32) throw new Error(`${entry.fileName} does not match its CRC-32`);
  return bytes.toString('utf8');
}

async function writeEntry(
  zip: ZipFile,
  entry: Entry,
  target: string,
  onBytes: ((bytes: number) => void) | undefined,
): Promise<UnpackedFile> {
  if (entry.uncompressedSize > MAX_FILE_BYTES) throw new Error(`${entry.fileName} is too large`);
  await mkdir(dirname(target), { recursive: true });
  const executable = /\/bin\/[^/]+$/.test(entry.fileName);
  const file = await open(target, 'wx', executable ? 0o755 : 0o644);
  try {
    const hash = createHash('sha256');
    let bytes = 0;
    for await (const part of await openEntry(zip, entry)) {
      const buffer = part as Buffer;
      hash.update(buffer);
      await file.writeFile(buffer);
      bytes += buffer.length;
      onBytes?.(buffer.length);
    }
    await file.sync();
    return { bytes, sha256: hash.digest('hex') };
  } finally {
    await file.close();
  }
}

async function openEntry(zip: ZipFile, entry: Entry): Promise<Readable> {
  const kind = (entry.externalFileAttributes >>> 28) & 0xf;
  const isLink = kind === 0xa;
  if (isLink) throw new Error(`${entry.fileName} is a symbolic link`);
  if (entry.isEncrypted()) throw new Error(`${entry.fileName} is encrypted`);
  return await zip.openReadStreamPromise(entry);
}
