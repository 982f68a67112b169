import { maskedCrc32c } from './crc32c.ts';

/*
 * TensorBoard's event files: TFRecords of `tensorflow.Event` messages (tensorflow/core/util/event.proto, summary.proto).
 * Written by hand: the five fields that scalars need do not justify a protobuf library.
 */

/** One record: length, its checksum, data, their checksum. */
function tfRecord(data: Uint8Array): Buffer {
  const record = Buffer.alloc(16 + data.length);
  record.writeBigUInt64LE(BigInt(data.length), 0);
  record.writeUInt32LE(maskedCrc32c(record.subarray(0, 8)), 8);
  record.set(data, 12);
  record.writeUInt32LE(maskedCrc32c(data), 12 + data.length);
  return record;
}

/** The first record of a file. @param wallTime seconds since 1970 */
export function versionRecord(wallTime: number): Buffer {
  return event(wallTime, 0, field(3, 2, bytes(Buffer.from('brain.Event:2'))));
}

/** Marks the start of a run at this step: TensorBoard hides later steps of an earlier, killed run. */
export function sessionStartRecord(wallTime: number, step: number): Buffer {
  return event(wallTime, step, field(7, 2, bytes(field(1, 0, varint(1)))));
}

/** Scalars of one step, by tag. */
export function scalarsRecord(
  wallTime: number,
  step: number,
  scalars: Readonly<Record<string, number>>,
): Buffer {
  const values = Object.entries(scalars).map(([tag, value]) => {
    const float = Buffer.alloc(4);
    float.writeFloatLE(value);
    return field(1, 2, bytes(Buffer.concat([field(1, 2, bytes(Buffer.from(tag))), field(2, 5, float)])));
  });
  return event(wallTime, step, field(5, 2, bytes(Buffer.concat(values))));
}

function event(wallTime: number, step: number, what: Buffer): Buffer {
  const time = Buffer.alloc(8);
  time.writeDoubleLE(wallTime);
  return tfRecord(Buffer.concat([field(1, 1, time), field(2, 0, varint(step)), what]));
}

/** Wire types: 0 varint, 1 eight bytes, 2 length and bytes, 5 four bytes. */
function field(number: number, wireType: 0 | 1 | 2 | 5, value: Buffer): Buffer {
  return Buffer.concat([varint(number * 8 + wireType), value]);
}

function bytes(value: Buffer): Buffer {
  return Buffer.concat([varint(value.length), value]);
}

function varint(value: number): Buffer {
  const groups: number[] = [];
  let rest = value;
  while (rest >= 128) {
    groups.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  return Buffer.from([...groups, rest]);
}
