import { type CheckpointFile, checkpointError, MAX_HEADER_BYTES } from '@podium/nn/checkpoint-files';

/** Format of a checkpoint file: PyTorch's zip, PyTorch's format before 1.6, or safetensors. */
export type CheckpointFormat = 'safetensors' | 'pth' | 'pth-legacy';

const START_BYTES = 4096;
/** The magic number of a legacy PyTorch file, as pickled. */
const LEGACY_MAGIC = '\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.';

interface Lookalike {
  readonly is: (start: string) => boolean;
  readonly what: string;
  readonly fix: string;
}

const EXPORT = 'export the weights as safetensors with the framework that created them';
const UNPACK = 'unpack it first';
const DOWNLOAD = 'the server sent a page (a login, an error) instead of the file: check the address';

/** Other files that people mistake for checkpoints; `start` is latin1 text. */
const LOOKALIKES: readonly Lookalike[] = [
  {
    is: (start) => start.startsWith('version https://git-lfs'),
    what: 'a git-lfs pointer, not the file itself',
    fix: 'run git lfs pull in that repository, or download the file by its "raw" address',
  },
  {
    is: (start) => /^\s*(?:<!doctype|<html|<\?xml|<head|<!--)/i.test(start.replace(/^\xef\xbb\xbf/, '')),
    what: 'an HTML or XML page',
    fix: DOWNLOAD,
  },
  { is: (start) => start.startsWith('\x89HDF\r\n\x1a\n'), what: 'an HDF5 file (Keras .h5)', fix: EXPORT },
  { is: (start) => start.startsWith('\x1f\x8b'), what: 'a gzip archive', fix: UNPACK },
  { is: (start) => start.startsWith('BZh'), what: 'a bzip2 archive', fix: UNPACK },
  { is: (start) => start.startsWith('\xfd7zXZ\0'), what: 'an xz archive', fix: UNPACK },
  { is: (start) => start.startsWith('\x28\xb5\x2f\xfd'), what: 'a zstd archive', fix: UNPACK },
  { is: (start) => start.startsWith('7z\xbc\xaf\x27\x1c'), what: 'a 7z archive', fix: UNPACK },
  {
    is: (start) => start.slice(257, 262) === 'ustar',
    what: 'a tar archive (as PyTorch before 0.1.10 wrote)',
    fix: 'unpack it; if it is such an old checkpoint, load and save it with PyTorch',
  },
  { is: (start) => start.startsWith('\x93NUMPY'), what: 'a NumPy array', fix: EXPORT },
  { is: (start) => start.startsWith('GGUF'), what: 'a GGUF file', fix: EXPORT },
  { is: (start) => start.slice(4, 8) === 'TFL3', what: 'a TensorFlow Lite model', fix: EXPORT },
  {
    // A protobuf whose first field, the version, is small, and whose next field is the producer's name or the graph.
    is: (start) =>
      start.startsWith('\x08') && start.charCodeAt(1) <= 32 && '\x12:B'.includes(start.charAt(2)),
    what: 'an ONNX model',
    fix: EXPORT,
  },
  {
    is: (start) => start.startsWith('\x80'),
    what: 'a Python pickle that torch.save did not write',
    fix: 'do not load it unless you trust its author; ask for safetensors',
  },
  {
    is: (start) => /^\s*\{/.test(start) && start.includes('"weight_map"'),
    what: 'the index of a checkpoint in several files (shards)',
    fix: 'merge its files into one, in Python: safetensors.torch.save_file(model.state_dict(), NEW_FILE)',
  },
  {
    is: (start) => /^\s*[[{]/.test(start) && /"(error|message|detail)"/i.test(start),
    what: 'JSON text, such as the error of a server',
    fix: DOWNLOAD,
  },
  {
    is: (start) => /^\s*[[{]/.test(start),
    what: 'JSON text, such as the configuration of a model',
    fix: 'name the file of weights beside it: .safetensors, .pth, .pt or .bin',
  },
];

/**
 * Recognizes the format of a checkpoint by its bytes.
 * @throws PodiumError `checkpoint-format` with what the file looks like instead
 */
export async function recognize(file: CheckpointFile): Promise<CheckpointFormat> {
  if (file.size === 0) {
    throw checkpointError('checkpoint-format', 'the file is empty', { fix: 'download or copy it again' });
  }
  const bytes = Buffer.from(await file.read(0, Math.min(file.size, START_BYTES), 'the start'));
  const start = bytes.toString('latin1');
  if (start.startsWith('PK\x03\x04') || start.startsWith('PK\x05\x06')) return 'pth';
  if (start.startsWith('\x80') && start.slice(0, 32).includes(LEGACY_MAGIC)) return 'pth-legacy';
  if (start[8] === '{' && bytes.readBigUInt64LE() <= MAX_HEADER_BYTES) return 'safetensors';
  const known = LOOKALIKES.find(({ is }) => is(start));
  throw checkpointError('checkpoint-format', 'not a checkpoint that Podium can read', {
    expected: 'safetensors, or a .pth, .pt or .bin file of torch.save',
    got: known?.what ?? `bytes that start with ${bytes.toString('hex', 0, 8)}`,
    fix: known?.fix ?? 'check that the download is complete and the right file',
  });
}
