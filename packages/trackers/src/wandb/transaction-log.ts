import { crc32 } from 'node:zlib';

/*
 * The log in a `.wandb` file: LevelDB's log format (https://github.com/google/leveldb/blob/main/doc/log_format.md) behind a
 * header of 7 bytes, with zlib's CRC-32 in place of LevelDB's masked CRC-32C, as wandb/sdk/internal/datastore.py reads it.
 */

const BLOCK = 32768;
/** Of a record: checksum (4 bytes), length (2), kind (1). The file's own header has as many. */
const HEADER = 7;

const kinds = { full: 1, first: 2, middle: 3, last: 4 } as const;

/** The bytes of a log that grows: each call returns what to append to the file. */
export class TransactionLog {
  #size = 0;

  /** The beginning of the file. */
  begin(): Buffer {
    const header = Buffer.alloc(HEADER);
    header.write(':W&B', 0, 'latin1');
    header.writeUInt16LE(0xbee1, 4);
    this.#size = HEADER;
    return header;
  }

  /** One message, split where it crosses the end of a block. */
  add(message: Uint8Array): Buffer {
    const parts: Buffer[] = [];
    const left = BLOCK - (this.#size % BLOCK);
    if (left < HEADER) {
      parts.push(Buffer.alloc(left));
      this.#size += left;
    }
    let start = 0;
    do {
      const room = BLOCK - (this.#size % BLOCK) - HEADER;
      const data = message.subarray(start, start + room);
      const isFirst = start === 0;
      start += data.length;
      const isLast = start === message.length;
      const kind = isFirst ? (isLast ? kinds.full : kinds.first) : isLast ? kinds.last : kinds.middle;
      parts.push(logRecord(kind, data));
      this.#size += HEADER + data.length;
    } while (start < message.length);
    return Buffer.concat(parts);
  }
}

function logRecord(kind: number, data: Uint8Array): Buffer {
  const record = Buffer.alloc(HEADER + data.length);
  record.writeUInt32LE(crc32(Buffer.concat([Uint8Array.of(kind), data])), 0);
  record.writeUInt16LE(data.length, 4);
  record.writeUInt8(kind, 6);
  record.set(data, HEADER);
  return record;
}
