import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { LoggedImage } from '../tracker.ts';
import { maskedCrc32c } from './crc32c.ts';

/*
 * TensorBoard's event files: TFRecords of `tensorflow.Event` messages (tensorflow/core/util/event.proto, summary.proto,
 * tensor.proto; tensorboard/compat/proto has the same).
 */

/** `DataType.DT_DOUBLE`: a point keeps all its digits, which `simple_value` would round to 32 bits. */
const DT_DOUBLE = 2;
/** `DataClass.DATA_CLASS_SCALAR` */
const SCALAR = 1;
/** Colors with an alpha channel have 4; TensorBoard shows what the PNG says. */
const COLORSPACE_RGB = 3;

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
  return event(wallTime, 0, (to) => to.tag(3, WireType.LengthDelimited).string('brain.Event:2'));
}

/** Marks the start of a run: TensorBoard hides what an earlier, killed run has at this step and later ones. */
export function sessionStartRecord(wallTime: number, step: number): Buffer {
  return event(wallTime, step, (to) =>
    message(to, 7, () => {
      to.tag(1, WireType.Varint).int32(1);
    }),
  );
}

/** Scalars of one step, by tag. */
export function scalarsRecord(
  wallTime: number,
  step: number,
  scalars: Readonly<Record<string, number>>,
): Buffer {
  return summary(
    wallTime,
    step,
    Object.entries(scalars).map(([tag, value]) => (to) => {
      to.tag(1, WireType.LengthDelimited).string(tag);
      message(to, 8, () => {
        to.tag(1, WireType.Varint).int32(DT_DOUBLE);
        // No dimensions: a scalar.
        message(to, 2, () => {});
        message(to, 6, () => {
          to.double(value);
        });
      });
      message(to, 9, () => {
        message(to, 1, () => {
          to.tag(1, WireType.LengthDelimited).string('scalars');
        });
        to.tag(4, WireType.Varint).int32(SCALAR);
      });
    }),
  );
}

/** Images of one step: `tag/0`, `tag/1`, ... */
export function imagesRecord(
  wallTime: number,
  step: number,
  tag: string,
  images: readonly LoggedImage[],
): Buffer {
  return summary(
    wallTime,
    step,
    images.map(({ png, width, height, caption }, i) => (to) => {
      to.tag(1, WireType.LengthDelimited).string(`${tag}/${i}`);
      message(to, 4, () => {
        to.tag(1, WireType.Varint).int32(height);
        to.tag(2, WireType.Varint).int32(width);
        to.tag(3, WireType.Varint).int32(COLORSPACE_RGB);
        to.tag(4, WireType.LengthDelimited).bytes(png);
      });
      message(to, 9, () => {
        message(to, 1, () => {
          to.tag(1, WireType.LengthDelimited).string('images');
        });
        to.tag(2, WireType.LengthDelimited).string(caption);
        to.tag(3, WireType.LengthDelimited).string(caption);
      });
    }),
  );
}

/** How often values occur, in buckets of equal width. */
export interface Histogram {
  readonly min: number;
  readonly max: number;
  readonly count: number;
  readonly sum: number;
  readonly sumSquares: number;
  /** The upper end of each bucket, and how many values it has. */
  readonly limits: readonly number[];
  readonly counts: readonly number[];
}

/** Histograms of one step, by tag. */
export function histogramsRecord(
  wallTime: number,
  step: number,
  histograms: Readonly<Record<string, Histogram>>,
): Buffer {
  return summary(
    wallTime,
    step,
    Object.entries(histograms).map(([tag, { min, max, count, sum, sumSquares, limits, counts }]) => (to) => {
      to.tag(1, WireType.LengthDelimited).string(tag);
      message(to, 5, () => {
        for (const [i, value] of [min, max, count, sum, sumSquares].entries())
          to.tag(i + 1, WireType.Bit64).double(value);
        for (const [number, values] of [
          [6, limits],
          [7, counts],
        ] as const)
          message(to, number, () => {
            for (const value of values) to.double(value);
          });
      });
    }),
  );
}

type Write = (to: BinaryWriter) => unknown;

/** An event with a summary of several values. */
function summary(wallTime: number, step: number, values: readonly Write[]): Buffer {
  return event(wallTime, step, (to) =>
    message(to, 5, () => {
      for (const write of values) message(to, 1, () => write(to));
    }),
  );
}

function event(wallTime: number, step: number, what: Write): Buffer {
  const to = new BinaryWriter();
  to.tag(1, WireType.Bit64).double(wallTime);
  to.tag(2, WireType.Varint).int64(step);
  what(to);
  return tfRecord(to.finish());
}

/** A message, or packed numbers, as one field. */
function message(to: BinaryWriter, field: number, write: () => unknown): void {
  to.tag(field, WireType.LengthDelimited).fork();
  write();
  to.join();
}
