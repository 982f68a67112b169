import type { StateDtype } from '../../state-tensor.ts';
import { damaged, quote, unsafe } from '../checkpoint-errors.ts';
import type { CheckpointFile } from '../checkpoint-file.ts';
import { countValues, itemSize, renderShape } from '../tensor-bytes.ts';
import { OTHER_DTYPES, SAFETENSORS_DTYPES } from './dtypes.ts';
import { parseHeaderText, type TensorText } from './parse-header-text.ts';

/** The format's limit for a header. */
export const MAX_HEADER_BYTES = 100_000_000;
/** Most bytes of a header that are read: a hundred times that of the largest image models. */
const MAX_READ_BYTES = 2 ** 25;
/** Bytes at the start of a file that hold the length of the header. */
export const PREFIX_BYTES = 8;

/** Where a tensor is stored, checked against the file. */
interface TensorEntry {
  readonly dtype: StateDtype;
  readonly shape: readonly number[];
  /** Relative to the start of the data. */
  readonly begin: number;
  readonly end: number;
}

export interface SafetensorsHeader {
  /** By name, in the order of the file. */
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  /** Tensors of number formats that Podium does not read, by name: `a tensor of F8_E4M3`. */
  readonly unreadable: ReadonlyMap<string, string>;
  readonly metadata: ReadonlyMap<string, string>;
  /** Position of the data in the file. */
  readonly dataStart: number;
  readonly dataBytes: number;
}

/**
 * Reads a safetensors header and enforces every rule of the format: its length fits the file and the format's limit; it is a
 * JSON object in UTF-8 without duplicate keys, padded with spaces; number formats are known; shapes are non-negative integers
 * with a safe product; each tensor has as many bytes as its shape needs; together they cover the data without gap or overlap.
 * Reference: the README of the safetensors repository.
 * @throws PodiumError `checkpoint-damaged` with the name of the tensor; `checkpoint-unsafe` for a header that is far larger than
 * that of any image model
 */
export async function readHeader(file: CheckpointFile): Promise<SafetensorsHeader> {
  const prefix = await file.read(0, PREFIX_BYTES, 'the length of the header');
  const length = new DataView(prefix.buffer).getBigUint64(0, true);
  if (length > MAX_HEADER_BYTES || Number(length) > file.size - PREFIX_BYTES) {
    damaged('the file is shorter than its header, or not a safetensors file', {
      expected: `a header of at most ${Math.min(MAX_HEADER_BYTES, file.size - PREFIX_BYTES)} bytes`,
      got: `${length} bytes`,
    });
  }
  const headerBytes = Number(length);
  if (headerBytes > MAX_READ_BYTES) {
    unsafe('the header is too long for a checkpoint', {
      expected: `at most ${MAX_READ_BYTES} bytes`,
      got: String(headerBytes),
      fix: 'save the tensors again without the metadata that fill it, or split them into several files',
    });
  }
  const bytes = await file.read(PREFIX_BYTES, headerBytes, 'the header');
  const { metadata, tensors } = parseHeaderText(decode(bytes));
  const dataStart = PREFIX_BYTES + headerBytes;
  const dataBytes = file.size - dataStart;
  const entries = [...tensors].map(([name, text]) => [name, checkTensor(name, text, dataBytes)] as const);
  entries.sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  checkCover(entries, dataBytes);
  const readable = new Map<string, TensorEntry>();
  const unreadable = new Map<string, string>();
  for (const [name, { format, shape, begin, end }] of entries) {
    const dtype = SAFETENSORS_DTYPES.get(format);
    if (dtype === undefined) unreadable.set(name, `a tensor of ${format}`);
    else readable.set(name, { dtype, shape, begin, end });
  }
  return { tensors: readable, unreadable, metadata, dataStart, dataBytes };
}

/** A tensor of any number format of safetensors. */
interface AnyEntry extends Omit<TensorEntry, 'dtype'> {
  readonly format: string;
}

function decode(bytes: Uint8Array): string {
  if (bytes[0] !== 0x7b) damaged('the header does not begin with "{"');
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return damaged('the header is not UTF-8 text');
  }
}

function checkTensor(name: string, text: TensorText, dataBytes: number): AnyEntry {
  const dtype = SAFETENSORS_DTYPES.get(text.dtype);
  const bits = dtype === undefined ? OTHER_DTYPES.get(text.dtype) : 8 * itemSize(dtype);
  if (bits === undefined) {
    const expected = [...SAFETENSORS_DTYPES.keys()];
    damaged('there is no such number format', { key: name, expected, got: quote(text.dtype) });
  }
  const [begin, end] = text.data_offsets;
  if (begin === undefined || end === undefined || text.data_offsets.length !== 2 || begin > end) {
    damaged('its data_offsets are not a range', {
      key: name,
      expected: '[begin, end] with begin <= end',
      got: `[${text.data_offsets.slice(0, 8).join(', ')}]`,
    });
  }
  if (end > dataBytes) {
    damaged('its data is truncated or beyond the end of the file', {
      key: name,
      expected: `data_offsets up to ${dataBytes}`,
      got: String(end),
    });
  }
  const count = countValues(text.shape);
  const size = count === undefined ? undefined : (count * bits) / 8;
  if (size !== end - begin) {
    damaged(`its shape ${renderShape(text.shape)} in ${text.dtype} does not fit its data`, {
      key: name,
      expected: size === undefined ? 'a shape of non-negative integers' : `${size} bytes`,
      got: `${end - begin} bytes`,
    });
  }
  return { format: text.dtype, shape: text.shape, begin, end };
}

function checkCover(entries: readonly (readonly [string, AnyEntry])[], dataBytes: number): void {
  let covered = 0;
  for (const [name, { begin, end }] of entries) {
    if (begin !== covered) {
      damaged(
        begin < covered ? 'its data overlaps another tensor' : 'bytes before its data belong to no tensor',
        {
          key: name,
          expected: `data_offsets from ${covered}`,
          got: String(begin),
        },
      );
    }
    covered = end;
  }
  if (covered !== dataBytes) {
    damaged('bytes after the last tensor belong to no tensor', {
      expected: `${covered} bytes of data`,
      got: String(dataBytes),
    });
  }
}
