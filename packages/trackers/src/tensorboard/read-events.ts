import { readdir } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { readBytes } from '@podium/core';

/** The scalars of a folder with event files. */
export interface EventFolder {
  /** Relative to the folder that was searched: the training. */
  readonly name: string;
  /** By tag, in order. */
  readonly scalars: Readonly<Record<string, readonly (readonly [step: number, value: number])[]>>;
}

/** A file that is larger holds images of thousands of trainings, and is not one of Podium's. */
const MAX_BYTES = 2 ** 28;

/**
 * Reads the scalars that {@link openEventFile} wrote, below a folder; a record that is being written is left out.
 * @returns the folders with event files, by name; none if there is no such folder
 */
export async function readEventFolders(root: string): Promise<EventFolder[]> {
  const files = (await readdir(root, { recursive: true, withFileTypes: true }).catch(() => []))
    .filter((entry) => entry.isFile() && entry.name.includes('.tfevents.'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  const folders = new Map<string, Record<string, [number, number][]>>();
  for (const file of files) {
    const name = relative(root, dirname(file)).split(sep).join('/');
    const scalars = folders.get(name) ?? {};
    folders.set(name, scalars);
    addEvents(await readBytes(file, { maxBytes: MAX_BYTES }), scalars);
  }
  return [...folders].map(([name, scalars]) => ({ name, scalars }));
}

function addEvents(bytes: Buffer, scalars: Record<string, [number, number][]>): void {
  let offset = 0;
  while (offset + 12 <= bytes.length) {
    const length = Number(bytes.readBigUInt64LE(offset));
    if (offset + 16 + length > bytes.length) return;
    addEvent(bytes.subarray(offset + 12, offset + 12 + length), scalars);
    offset += 16 + length;
  }
}

function addEvent(event: Uint8Array, scalars: Record<string, [number, number][]>): void {
  const fields = fieldsOf(event);
  const step = Number(fields.get(2)?.[0] ?? 0);
  if (fields.has(7)) {
    // The start of a session hides what was there from this step on.
    for (const [tag, points] of Object.entries(scalars)) scalars[tag] = points.filter(([at]) => at < step);
  }
  for (const summary of messages(fields, 5)) {
    for (const value of messages(fieldsOf(summary), 1)) {
      const own = fieldsOf(value);
      const [tag] = messages(own, 1);
      const [tensor] = messages(own, 8);
      const [packed] = tensor === undefined ? [] : messages(fieldsOf(tensor), 6);
      if (tag === undefined || packed === undefined) continue;
      const name = Buffer.from(tag).toString();
      scalars[name] ??= [];
      scalars[name].push([step, Buffer.from(packed).readDoubleLE(0)]);
    }
  }
}

type Fields = ReadonlyMap<number, readonly unknown[]>;

/** The fields of a message, by number. */
function fieldsOf(message: Uint8Array): Fields {
  const reader = new BinaryReader(message);
  const fields = new Map<number, unknown[]>();
  while (reader.pos < reader.len) {
    const [number, type] = reader.tag();
    const values = fields.get(number) ?? [];
    fields.set(number, values);
    if (type === WireType.LengthDelimited) values.push(reader.bytes());
    else if (type === WireType.Varint) values.push(Number(reader.int64()));
    else reader.skip(type, number);
  }
  return fields;
}

function messages(fields: Fields, number: number): Uint8Array[] {
  return (fields.get(number) ?? []).filter((value) => value instanceof Uint8Array);
}
