import { crc32 } from 'node:zlib';
import { zipSync } from 'fflate';

/*
 * An assembler for pickles, honest or not: each function gives the bytes of an instruction as latin1 text.
 */

export const MARK = '(';
export const TUPLE = 't';
export const EMPTY_TUPLE = ')';
export const LIST = ']';
export const DICT = '}';
export const APPEND = 'a';
export const APPENDS = 'e';
export const SETITEM = 's';
export const SETITEMS = 'u';
const REDUCE = 'R';
export const BUILD = 'b';
export const PERSID = 'Q';
export const NONE = 'N';
export const TRUE = '\x88';
export const FALSE = '\x89';

export function global(module: string, name: string): string {
  return `c${module}\n${name}\n`;
}

export function text(value: string): string {
  const bytes = Buffer.from(value);
  return `X${uint32(bytes.length)}${bytes.toString('latin1')}`;
}

export function int(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 2 ** 31) {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32LE(value);
    return `J${bytes.toString('latin1')}`;
  }
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(BigInt(value));
  return `\x8a\x08${bytes.toString('latin1')}`;
}

export function put(index: number): string {
  return `r${uint32(index)}`;
}

export function get(index: number): string {
  return `j${uint32(index)}`;
}

function uint32(value: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes.toString('latin1');
}

export function tuple(...items: readonly string[]): string {
  return MARK + items.join('') + TUPLE;
}

export function dict(items: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(items).map(([key, value]) => text(key) + value);
  return DICT + MARK + pairs.join('') + SETITEMS;
}

export function call(callee: string, ...args: readonly string[]): string {
  return callee + tuple(...args) + REDUCE;
}

/** A whole pickle of protocol 2. */
export function pickle(body: string): Buffer {
  return Buffer.from(`\x80\x02${body}.`, 'latin1');
}

export function storage(key: string, count: number, type = 'FloatStorage', module = 'torch'): string {
  return tuple(text('storage'), global(module, type), text(key), text('cpu'), int(count)) + PERSID;
}

export interface TensorWords {
  readonly storage?: string;
  readonly offset?: number;
  readonly shape?: readonly number[];
  readonly strides?: readonly number[];
}

/** `_rebuild_tensor_v2` of a storage; by default 4 floats of the storage "0". */
export function tensor(words: TensorWords = {}): string {
  const { offset = 0, shape = [4], strides = [1] } = words;
  return call(
    global('torch._utils', '_rebuild_tensor_v2'),
    words.storage ?? storage('0', 4),
    int(offset),
    tuple(...shape.map(int)),
    tuple(...strides.map(int)),
    FALSE,
    global('collections', 'OrderedDict') + EMPTY_TUPLE + REDUCE,
  );
}

/** A zip as `torch.save` makes it. */
export function pthZip(
  body: Uint8Array,
  storages: Readonly<Record<string, Uint8Array>> = {},
  notes: Readonly<Record<string, string>> = { byteorder: 'little', version: '3\n' },
): Buffer {
  const entries: Record<string, Uint8Array> = { 'any name/data.pkl': body };
  for (const [name, note] of Object.entries(notes)) entries[`any name/${name}`] = Buffer.from(note);
  for (const [key, bytes] of Object.entries(storages)) entries[`any name/data/${key}`] = bytes;
  return Buffer.from(zipSync(entries, { level: 0, mtime: '2020-01-01' }));
}

/** A file as `torch.save` made it before PyTorch 1.6. */
export function pthLegacy(
  body: Uint8Array,
  storages: Readonly<Record<string, { readonly count: number | bigint; readonly bytes: Uint8Array }>> = {},
  { littleEndian = TRUE, protocol = 1001 } = {},
): Buffer {
  const keys = Object.keys(storages);
  const parts: Uint8Array[] = [
    Buffer.from('\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.', 'latin1'),
    pickle(int(protocol)),
    pickle(dict({ protocol_version: int(protocol), little_endian: littleEndian })),
    body,
    pickle(LIST + MARK + keys.map(text).join('') + APPENDS),
  ];
  for (const { count, bytes } of Object.values(storages)) {
    const head = Buffer.alloc(8);
    head.writeBigInt64LE(BigInt(count));
    parts.push(head, bytes);
  }
  return Buffer.concat(parts);
}

/** Sets the checksums of a zip's entries right again after its bytes were changed; entries stay where they are. */
export function fixChecksums(zip: Buffer): Buffer {
  for (
    let at = zip.indexOf('PK\x01\x02', 'latin1');
    at >= 0;
    at = zip.indexOf('PK\x01\x02', at + 4, 'latin1')
  ) {
    if (at + 46 > zip.length) break;
    const local = zip.readUInt32LE(at + 42);
    if (local + 30 > zip.length) continue;
    const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    zip.writeUInt32LE(crc32(zip.subarray(start, start + zip.readUInt32LE(at + 24))), at + 16);
  }
  return zip;
}
