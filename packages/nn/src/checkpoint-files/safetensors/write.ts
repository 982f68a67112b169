import { writeFileAtomic } from '@podium/core';
import type { StateDict, StateTensor } from '../../state-dict.ts';
import { inFile, quote, refusal } from '../problem.ts';
import { asBytes, countValues, holdsDtype, isStateDtype, renderShape } from '../tensors.ts';
import { SAFETENSORS_DTYPES } from './dtypes.ts';
import { MOST_HEADER_BYTES, PREFIX_BYTES } from './header.ts';

/** Pieces in which a tensor is handed to the file. */
const PIECE_BYTES = 2 ** 26;
const ALIGNMENT = 8;

const ORDER = new Map([...SAFETENSORS_DTYPES].map(([name, dtype], rank) => [dtype, { name, rank }]));

/**
 * Writes tensors as a safetensors file, whole or not at all. The same tensors and metadata give the same bytes,
 * whatever their order: those that the format's own writer gives (number formats from wide to narrow, then names by
 * their UTF-8 bytes; the data starts at a multiple of 8 bytes). Besides the tensors themselves it needs memory for the
 * header only.
 * @throws PodiumError `checkpoint-tensor` for a tensor or a name that cannot be stored, naming it; what
 * `writeFileAtomic` throws.
 */
export async function writeSafetensors(
  path: string,
  tensors: StateDict,
  metadata: Readonly<Record<string, string>> | ReadonlyMap<string, string> = {},
): Promise<void> {
  const pairs: [string, string][] = metadata instanceof Map ? [...metadata] : Object.entries(metadata);
  await inFile(path, async () => {
    const sorted = sortTensors(tensors);
    const header = encodeHeader(sorted, pairs);
    await writeFileAtomic(path, pieces(header, sorted));
  });
}

interface Named {
  readonly name: string;
  readonly bytesOfName: Buffer;
  readonly tensor: StateTensor;
}

function sortTensors(tensors: StateDict): Named[] {
  const named: Named[] = [];
  for (const [name, tensor] of tensors) {
    checkTensor(name, tensor);
    named.push({ name, bytesOfName: Buffer.from(name), tensor });
  }
  const rank = ({ tensor }: Named) => ORDER.get(tensor.dtype)?.rank ?? 0;
  return named.sort((a, b) => rank(a) - rank(b) || Buffer.compare(a.bytesOfName, b.bytesOfName));
}

function checkTensor(name: string, { dtype, shape, data }: StateTensor): void {
  const refuse = (message: string, expected: string, got: string): never => {
    throw refusal('checkpoint-tensor', message, { key: name, expected, got });
  };
  checkText(name, 'a name');
  if (name === '__metadata__') {
    refuse('this name is taken by the format', 'another name', quote(name));
  }
  if (!isStateDtype(dtype))
    refuse('it has no known number format', [...ORDER.keys()].join('|'), quote(dtype));
  if (!holdsDtype(data, dtype)) {
    refuse('its values are not of its number format', dtype, Object.prototype.toString.call(data));
  }
  const count = countValues(shape);
  if (count !== data.length) {
    refuse(
      `it has not as many values as its shape ${renderShape(shape)} says`,
      String(count),
      String(data.length),
    );
  }
}

function checkText(text: string, what: string): void {
  if (/\p{Surrogate}/u.test(text)) {
    throw refusal('checkpoint-tensor', `${what} has half a character and cannot be stored`, {
      got: quote(text),
    });
  }
}

function encodeHeader(sorted: readonly Named[], metadata: readonly (readonly [string, string])[]): Buffer {
  const parts: string[] = [];
  if (metadata.length > 0) {
    for (const [key, value] of metadata) {
      checkText(key, 'a key of the metadata');
      checkText(value, `the metadata's ${quote(key)}`);
    }
    const items = metadata
      .map(([key, value]) => ({
        bytes: Buffer.from(key),
        text: `${JSON.stringify(key)}:${JSON.stringify(value)}`,
      }))
      .sort((a, b) => Buffer.compare(a.bytes, b.bytes));
    parts.push(`"__metadata__":{${items.map(({ text }) => text).join()}}`);
  }
  let begin = 0;
  for (const { name, tensor } of sorted) {
    const end = begin + tensor.data.byteLength;
    const dtype = ORDER.get(tensor.dtype)?.name;
    const about = { dtype, shape: tensor.shape, data_offsets: [begin, end] };
    parts.push(`${JSON.stringify(name)}:${JSON.stringify(about)}`);
    begin = end;
  }
  const text = Buffer.from(`{${parts.join()}}`);
  const length = Math.ceil(text.length / ALIGNMENT) * ALIGNMENT;
  if (length > MOST_HEADER_BYTES) {
    throw refusal('checkpoint-tensor', 'the names and the metadata are too long for one file', {
      expected: `a header of at most ${MOST_HEADER_BYTES} bytes`,
      got: `${length} bytes`,
    });
  }
  const header = Buffer.alloc(PREFIX_BYTES + length, ' ');
  header.writeBigUInt64LE(BigInt(length));
  text.copy(header, PREFIX_BYTES);
  return header;
}

function* pieces(header: Uint8Array, sorted: readonly Named[]): Generator<Uint8Array, void> {
  yield header;
  for (const { tensor } of sorted) {
    const bytes = asBytes(tensor);
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) yield bytes.subarray(at, at + PIECE_BYTES);
  }
}
