import { type CheckpointFile, damaged, quote, unsupported } from '@podium/nn/checkpoint-files';
import { checkTree } from '../pickle/check-tree.ts';
import { describeValue, type PickleValue } from '../pickle/pickle-values.ts';
import { unpickle } from '../pickle/unpickle.ts';
import { MAX_PICKLE_BYTES, type PthArchive, type StorageRange } from './pth-archive.ts';
import { StorageTable } from './storages.ts';
import { torchGlobals } from './torch-globals.ts';

const MAGIC = 0x1950a86a20f9469cfc6cn;
const PROTOCOL = 1001;
const COUNT_BYTES = 8;

/**
 * Opens the format of PyTorch before 1.6: five pickles (magic number, protocol, facts about the machine, the object, the list of
 * storage keys), then each storage in the order of the list, as an int64 count and its items.
 * Reference: `_legacy_save` and `_legacy_load` in PyTorch's torch/serialization.py.
 * @throws PodiumError `checkpoint-damaged`, `checkpoint-unsafe`, `checkpoint-unsupported`
 */
export async function openLegacy(file: CheckpointFile): Promise<PthArchive> {
  const head = await file.read(0, Math.min(file.size, MAX_PICKLE_BYTES), 'the pickles');
  const storages = new StorageTable();
  const plain = { findGlobal: torchGlobals() };
  const host = { ...plain, persistent: (id: PickleValue) => storages.fromId(id) };

  const magic = unpickle(head, plain);
  if (magic.value !== MAGIC) damaged('the file does not start like one of torch.save');
  const protocol = unpickle(head, plain, magic.end);
  if (protocol.value !== PROTOCOL) {
    unsupported('the version of this legacy PyTorch file is not supported', {
      expected: String(PROTOCOL),
      got: describeValue(protocol.value),
    });
  }
  const system = unpickle(head, plain, protocol.end);
  if (!(system.value instanceof Map) || system.value.get('little_endian') !== true) {
    unsupported('this file was not written on a little-endian machine', {
      fix: 'load and save it with PyTorch on a little-endian machine',
    });
  }
  const object = unpickle(head, host, system.end);
  checkTree(object.value);
  const keys = unpickle(head, plain, object.end);
  const ranges = await findRanges(file, keys.value, keys.end, storages);
  return {
    format: 'pth-legacy',
    value: object.value,
    find: ({ key }) => ranges.get(key) ?? damaged(`the file lacks the storage ${quote(key)}`),
  };
}

async function findRanges(
  file: CheckpointFile,
  keys: PickleValue,
  start: number,
  { roots }: StorageTable,
): Promise<ReadonlyMap<string, StorageRange>> {
  if (!Array.isArray(keys)) damaged('the list of storages is not a list', { got: describeValue(keys) });
  const ranges = new Map<string, StorageRange>();
  let position = start;
  for (const key of keys) {
    const root = typeof key === 'string' ? roots.get(key) : undefined;
    if (root === undefined || ranges.has(root.key)) {
      damaged('the list of storages has an unknown or repeated name', {
        got: typeof key === 'string' ? quote(key) : describeValue(key),
      });
    }
    const what = `the storage ${quote(root.key)}`;
    const count = new DataView((await file.read(position, COUNT_BYTES, what)).buffer).getBigInt64(0, true);
    const expected = root.bytes / root.itemSize;
    if (count !== BigInt(expected)) {
      damaged(`the size of ${what} differs from that in the pickle`, {
        expected: `${expected} items`,
        got: String(count),
      });
    }
    position += COUNT_BYTES;
    ranges.set(root.key, { position, length: root.bytes });
    position += root.bytes;
    if (position > file.size) {
      damaged(`${what} is truncated`, {
        expected: `at least ${position} bytes`,
        got: `a file of ${file.size} bytes`,
      });
    }
  }
  if (ranges.size !== roots.size) {
    const missing = [...roots.keys()].find((key) => !ranges.has(key)) ?? '';
    damaged(`the file lacks the storage ${quote(missing)}`);
  }
  if (position !== file.size) {
    unsupported('the file has data after the last storage', {
      expected: `${position} bytes`,
      got: String(file.size),
      fix: 'files with more than one torch.save are not supported: save each object to its own file',
    });
  }
  return ranges;
}
