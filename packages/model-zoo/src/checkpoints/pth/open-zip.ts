import { type CheckpointFile, damaged, quote, unsafe, unsupported } from '@podium/nn/checkpoint-files';
import type { Entry } from 'yauzl';
import { checkTree } from '../pickle/check-tree.ts';
import type { PickleValue } from '../pickle/pickle-values.ts';
import { unpickle } from '../pickle/unpickle.ts';
import { MAX_PICKLE_BYTES, type PthArchive, type StorageRange } from './pth-archive.ts';
import { readRange } from './read-range.ts';
import { StorageTable } from './storages.ts';
import { torchGlobals } from './torch-globals.ts';
import { ZipSource } from './zip-source.ts';

/** Most allowed entries. Each storage is one; the largest image models have a few thousand. */
const MAX_ENTRIES = 100_000;
const MAX_SMALL_BYTES = 64;
/** PyTorch's `kMaxSupportedFileFormatVersion`. */
const NEWEST_VERSION = 10;

/**
 * Opens the format of PyTorch since 1.6: an uncompressed zip with one folder of any name that contains `data.pkl`, the storages
 * as `data/<key>`, and small entries such as `version` and `byteorder`.
 * Reference: PyTorch's caffe2/serialize/inline_container.h.
 * @throws PodiumError `checkpoint-damaged`, `checkpoint-unsafe`, `checkpoint-unsupported`
 */
export async function openZip(file: CheckpointFile): Promise<PthArchive> {
  const ranges = await readDirectory(file);
  const folder = findFolder(ranges);
  const small = async (name: string): Promise<string | undefined> => {
    const range = ranges.get(folder + name);
    if (range === undefined) return undefined;
    if (range.length > MAX_SMALL_BYTES) damaged(`the entry ${quote(name)} is too long`);
    return Buffer.from(await readRange(file, range, `the entry ${quote(name)}`)).toString('latin1');
  };
  const order = await small('byteorder');
  if (order !== undefined && order !== 'little') {
    unsupported('this file was not written on a little-endian machine', {
      expected: 'little',
      got: quote(order),
      fix: 'load and save it with PyTorch on a little-endian machine',
    });
  }
  const version = (await small('version'))?.trim();
  if (version !== undefined && (!/^\d{1,3}$/.test(version) || Number(version) > NEWEST_VERSION)) {
    unsupported('the version of this PyTorch file is not supported', {
      expected: `at most ${NEWEST_VERSION}`,
      got: quote(version),
    });
  }
  const pickle = ranges.get(`${folder}data.pkl`);
  if (pickle === undefined) damaged('the zip has no entry "data.pkl"');
  if (pickle.length > MAX_PICKLE_BYTES) {
    unsafe('the pickle is too long for a checkpoint', {
      expected: `at most ${MAX_PICKLE_BYTES} bytes`,
      got: String(pickle.length),
    });
  }
  const storages = new StorageTable();
  const host = { findGlobal: torchGlobals(), persistent: (id: PickleValue) => storages.fromId(id) };
  const { value, end } = unpickle(await readRange(file, pickle, 'the entry "data.pkl"'), host);
  if (end !== pickle.length) damaged('the entry has data after its pickle');
  checkTree(value);
  for (const root of storages.roots.values()) {
    const range = ranges.get(`${folder}data/${root.key}`);
    if (range?.length === root.bytes) continue;
    damaged(`the size of the storage ${quote(root.key)} differs from that in the pickle`, {
      expected: `${root.bytes} bytes`,
      got: range === undefined ? 'no such entry' : String(range.length),
    });
  }
  return {
    format: 'pth',
    value,
    find: ({ key }) =>
      ranges.get(`${folder}data/${key}`) ?? damaged(`the file lacks the storage ${quote(key)}`),
  };
}

/** All entries of the zip by name: uncompressed, inside the file, and together not longer than it. */
async function readDirectory(file: CheckpointFile): Promise<ReadonlyMap<string, StorageRange>> {
  const ranges = new Map<string, StorageRange>();
  let total = 0;
  const source = await ZipSource.open(file);
  const { zip } = source;
  if (zip.entryCount > MAX_ENTRIES) {
    unsafe('the zip has too many entries for a checkpoint', {
      expected: `at most ${MAX_ENTRIES}`,
      got: String(zip.entryCount),
    });
  }
  const entries = zip.eachEntry()[Symbol.asyncIterator]();
  for (;;) {
    const next = await source.wait(entries.next());
    if (next.done) return ranges;
    const entry: Entry = next.value;
    if (ranges.has(entry.fileName)) damaged(`the zip has the entry ${quote(entry.fileName)} twice`);
    total += entry.compressedSize;
    // Overlapping entries would let a small file request any amount of memory.
    if (total > file.size) damaged('the entries of the zip are longer than the zip, or overlap');
    ranges.set(entry.fileName, await rangeOf(source, entry));
  }
}

async function rangeOf(source: ZipSource, entry: Entry): Promise<StorageRange> {
  if (entry.compressionMethod !== 0 || entry.isEncrypted()) {
    unsupported(`the zip's entry ${quote(entry.fileName)} is compressed or encrypted`, {
      expected: 'an uncompressed entry, as torch.save writes',
      fix: 'unzip it, and zip it again without compression (zip -0 -r)',
    });
  }
  const { fileDataStart } = await source.wait(
    source.zip.readLocalFileHeaderPromise(entry, { minimal: true }),
  );
  return { position: fileDataStart, length: entry.uncompressedSize, crc32: entry.crc32 };
}

/** The one folder with a `data.pkl`: `archive/`, the file's name, or anything. */
function findFolder(ranges: ReadonlyMap<string, StorageRange>): string {
  const names = [...ranges.keys()].filter((name) => /^([^/]*\/)?data\.pkl$/.test(name));
  const folders = names.map((name) => name.slice(0, -'data.pkl'.length));
  const [folder, second] = folders;
  if (folder === undefined || second !== undefined) {
    damaged('this zip is not a PyTorch checkpoint', {
      expected: 'one entry "<folder>/data.pkl"',
      got: `${folders.length}`,
    });
  }
  if (ranges.has(`${folder}constants.pkl`)) {
    unsupported('this is a TorchScript program, which contains code', {
      fix: 'load it with torch.jit.load, and save its state_dict() with torch.save or safetensors',
    });
  }
  return folder;
}
