import { writeFileAtomic } from '@podium/core';
import type { StateDict, StateTensor } from '../../state-tensor.ts';
import { checkpointError, inFile, quote } from '../checkpoint-errors.ts';
import { asBytes, countValues, holdsDtype, isStateDtype, renderShape } from '../tensor-bytes.ts';
import { SAFETENSORS_DTYPES } from './dtypes.ts';
import { MAX_HEADER_BYTES, PREFIX_BYTES } from './read-header.ts';

/** Size of the chunks that tensors are written in. */
const PIECE_BYTES = 2 ** 26;
const ALIGNMENT = 8;

const ORDER = new Map([...SAFETENSORS_DTYPES].map(([name, dtype], rank) => [dtype, { name, rank }]));

/**
 * Writes tensors to a safetensors file, atomically. The same tensors and metadata give the same bytes in any order, namely
 * those of the format's own writer: number formats from wide to narrow, then names by their UTF-8 bytes, data aligned to 8
 * bytes. Apart from the tensors, only the header needs memory.
 * @throws PodiumError `checkpoint-tensor` with the name of a tensor that cannot be stored; what `writeFileAtomic` throws
 *
 * @example
 * await writeSafetensors('model.safetensors', stateDict(model), { epoch: '12' });
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
  const fail = (message: string, expected: string, got: string): never => {
    throw checkpointError('checkpoint-tensor', message, { key: name, expected, got });
  };
  checkText(name, 'a name');
  if (name === '__metadata__') {
    fail('this name is reserved by the format', 'another name', quote(name));
  }
  if (!isStateDtype(dtype)) fail('its number format is unknown', [...ORDER.keys()].join('|'), quote(dtype));
  if (!holdsDtype(data, dtype)) {
    fail('its values are not an array of its number format', dtype, Object.prototype.toString.call(data));
  }
  const count = countValues(shape);
  if (count !== data.length) {
    fail(
      `the number of its values does not match its shape ${renderShape(shape)}`,
      String(count),
      String(data.length),
    );
  }
}

function checkText(text: string, what: string): void {
  if (/\p{Surrogate}/u.test(text)) {
    throw checkpointError(
      'checkpoint-tensor',
      `${what} contains an unpaired surrogate and cannot be stored`,
      {
        got: quote(text),
      },
    );
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
  if (length > MAX_HEADER_BYTES) {
    throw checkpointError('checkpoint-tensor', 'the names and the metadata are too long for one file', {
      expected: `a header of at most ${MAX_HEADER_BYTES} bytes`,
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
