import { createHash } from 'node:crypto';
import { PodiumError } from '../errors.ts';
import { littleEndianBytes } from '../hash/bytes.ts';
import { canonicalText } from '../hash/hash-value.ts';
import { type PredictionKind, Predictions, type PredictionTask } from './predictions.ts';

/*
 * The file: 8 bytes of magic, the last one the version; the header's length in bytes as uint32; the header, canonical
 * JSON; the values as float32 row by row; the folds as int32 where the header says so; SHA-256 of all before it.
 * Numbers are little-endian. Equal predictions have equal bytes, and no other bytes are read as them.
 */
const MAGIC = 'podpred';
const VERSION = '1';
const PREFIX_BYTES = MAGIC.length + VERSION.length + 4;
const CHECKSUM_BYTES = 32;

interface Header {
  readonly classes: string[];
  readonly folds: boolean;
  readonly groups?: string[] | undefined;
  readonly ids: string[];
  readonly kind: PredictionKind;
  readonly task: PredictionTask;
}

/** The predictions as bytes; the same bytes for the same content, on every machine. */
export function encodePredictions(predictions: Predictions): Uint8Array {
  const { folds, values } = predictions;
  const header = Buffer.from(headerOf(predictions));
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.write(MAGIC + VERSION, 'latin1');
  prefix.writeUInt32LE(header.length, PREFIX_BYTES - 4);
  const parts = [prefix, header, littleEndianBytes(values)];
  if (folds !== undefined) parts.push(littleEndianBytes(folds));
  const checksum = createHash('sha256');
  for (const part of parts) checksum.update(part);
  return Buffer.concat([...parts, checksum.digest()]);
}

/**
 * Reads what `encodePredictions` wrote.
 * @throws PodiumError `predictions-file` for bytes that it cannot have written: cut, damaged, or with a header that does
 * not fit the rest; `predictions-malformed` where the content breaks the rules of Predictions.
 */
export function decodePredictions(bytes: Uint8Array): Predictions {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const body = checkedBody(file);
  const headerEnd = PREFIX_BYTES + file.readUInt32LE(PREFIX_BYTES - 4);
  if (headerEnd > body.length) refuse('its header says that it is longer than the file');
  const header = parseHeader(body.subarray(PREFIX_BYTES, headerEnd));
  const count = header.ids.length * header.classes.length;
  const valuesEnd = headerEnd + 4 * count;
  const size = valuesEnd + (header.folds ? 4 * header.ids.length : 0);
  if (size !== body.length) {
    refuse('its header does not fit its values', `${size + CHECKSUM_BYTES} bytes`, String(file.length));
  }
  const values = new Float32Array(count);
  copyLittleEndian(body.subarray(headerEnd, valuesEnd), values);
  const folds = header.folds ? new Int32Array(header.ids.length) : undefined;
  if (folds !== undefined) copyLittleEndian(body.subarray(valuesEnd), folds);
  const predictions = new Predictions({ ...header, values, folds });
  if (!body.subarray(PREFIX_BYTES, headerEnd).equals(Buffer.from(headerOf(predictions)))) {
    refuse('its header is not in canonical form');
  }
  return predictions;
}

function headerOf({ ids, classes, kind, task, folds, groups }: Predictions): string {
  return canonicalText({ classes, folds: folds !== undefined, groups, ids, kind, task });
}

/** All but the checksum, after checking it. */
function checkedBody(file: Buffer): Buffer {
  const start = file.toString('latin1', 0, MAGIC.length + VERSION.length);
  if (!start.startsWith(MAGIC)) refuse('it does not begin as one');
  if (start !== MAGIC + VERSION) {
    refuse('it is of a version that is not known here', VERSION, JSON.stringify(start.slice(MAGIC.length)));
  }
  if (file.length < PREFIX_BYTES + CHECKSUM_BYTES) refuse('it is cut off');
  const body = file.subarray(0, -CHECKSUM_BYTES);
  const checksum = createHash('sha256').update(body).digest();
  if (!checksum.equals(file.subarray(-CHECKSUM_BYTES)))
    refuse('it is cut off or damaged: its checksum does not match');
  return body;
}

function parseHeader(bytes: Uint8Array): Header {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    refuse('its header is not JSON');
  }
  if (!isHeader(header)) refuse('its header lacks a key or has one of another type');
  return header;
}

/** Kind and task are left to the constructor of Predictions, further keys to the comparison with the canonical form. */
function isHeader(value: unknown): value is Header {
  if (typeof value !== 'object' || value === null) return false;
  const header = value as Record<keyof Header, unknown>;
  return (
    typeof header.folds === 'boolean' &&
    isStrings(header.ids) &&
    isStrings(header.classes) &&
    (header.groups === undefined || isStrings(header.groups))
  );
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function copyLittleEndian(from: Uint8Array, to: Float32Array | Int32Array): void {
  const bytes = new Uint8Array(to.buffer);
  bytes.set(from);
  bytes.set(littleEndianBytes(to));
}

function refuse(why: string, expected?: string, got?: string): never {
  throw new PodiumError({
    code: 'predictions-file',
    message: `this is not a file of predictions that can be used: ${why}`,
    expected,
    got,
    fix: 'delete it and run the stage that makes it again',
  });
}
