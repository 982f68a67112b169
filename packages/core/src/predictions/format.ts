import { createHash } from 'node:crypto';
import { PodiumError } from '../errors.ts';
import { littleEndianBytes } from '../hash/bytes.ts';
import { canonicalText } from '../hash/hash-value.ts';
import { parseJson } from '../text/parse-json.ts';
import { Predictions } from './predictions.ts';
import type { PredictionKind, PredictionTask } from './predictions-parts.ts';

/*
 * File layout: 8 bytes of magic, the last of which is the version; the header's length in bytes as uint32; the header as
 * canonical JSON; the values as float32, row by row; the folds as int32 if the header says so; SHA-256 of everything
 * before it. Numbers are little-endian. Equal predictions have equal bytes, and no other bytes decode to them.
 */
const MAGIC = 'podpred';
const VERSION = '1';
const PREFIX_BYTES = MAGIC.length + VERSION.length + 4;
const CHECKSUM_BYTES = 32;

interface Header {
  readonly classes: string[];
  readonly folds: boolean;
  readonly groups?: string[];
  readonly ids: string[];
  readonly kind: PredictionKind;
  readonly task: PredictionTask;
}

/** Encodes predictions: the same bytes for the same content, on every machine. */
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
 * Decodes what `encodePredictions` wrote.
 * @throws PodiumError `predictions-file` for bytes that are truncated, damaged, or have a header that does not fit the
 * rest; `predictions-malformed` if the content violates the rules of Predictions.
 */
export function decodePredictions(bytes: Uint8Array): Predictions {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const body = checkedBody(file);
  const headerEnd = PREFIX_BYTES + file.readUInt32LE(PREFIX_BYTES - 4);
  if (headerEnd > body.length) invalid('its header claims to be longer than the file');
  const header = parseHeader(body.subarray(PREFIX_BYTES, headerEnd));
  const count = header.ids.length * header.classes.length;
  const valuesEnd = headerEnd + 4 * count;
  const size = valuesEnd + (header.folds ? 4 * header.ids.length : 0);
  if (size !== body.length) {
    invalid('its header does not fit its values', `${size + CHECKSUM_BYTES} bytes`, String(file.length));
  }
  const values = new Float32Array(count);
  copyLittleEndian(body.subarray(headerEnd, valuesEnd), values);
  const folds = header.folds ? new Int32Array(header.ids.length) : undefined;
  if (folds !== undefined) copyLittleEndian(body.subarray(valuesEnd), folds);
  const predictions = new Predictions({ ...header, values, folds });
  if (!body.subarray(PREFIX_BYTES, headerEnd).equals(Buffer.from(headerOf(predictions)))) {
    invalid('its header is not in canonical form');
  }
  return predictions;
}

function headerOf({ ids, classes, kind, task, folds, groups }: Predictions): string {
  return canonicalText({ classes, folds: folds !== undefined, groups, ids, kind, task });
}

/** Verifies the checksum and returns everything before it. */
function checkedBody(file: Buffer): Buffer {
  const start = file.toString('latin1', 0, MAGIC.length + VERSION.length);
  if (!start.startsWith(MAGIC)) invalid('it does not start with the magic bytes');
  if (start !== MAGIC + VERSION) {
    invalid('unknown version', VERSION, JSON.stringify(start.slice(MAGIC.length)));
  }
  if (file.length < PREFIX_BYTES + CHECKSUM_BYTES) invalid('it is truncated');
  const body = file.subarray(0, -CHECKSUM_BYTES);
  const checksum = createHash('sha256').update(body).digest();
  if (!checksum.equals(file.subarray(-CHECKSUM_BYTES)))
    invalid('it is truncated or damaged: its checksum does not match');
  return body;
}

function parseHeader(bytes: Uint8Array): Header {
  let header: unknown;
  try {
    header = parseJson(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    invalid('its header is not valid JSON');
  }
  if (!isHeader(header)) invalid('its header lacks a key, or a key has the wrong type');
  return header;
}

/** The constructor of Predictions checks kind and task; the comparison with the canonical form finds extra keys. */
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

function invalid(why: string, expected?: string, got?: string): never {
  throw new PodiumError({
    code: 'predictions-file',
    message: `not a valid predictions file: ${why}`,
    expected,
    got,
    fix: 'delete it, and rerun the stage that wrote it',
  });
}
