/** Sample formats of TIFF 6.0. */
export type SampleType = 'uint' | 'int' | 'float';
const FORMATS: Readonly<Record<SampleType, number>> = { uint: 1, int: 2, float: 3 };

type Samples = Uint16Array | Int16Array | Uint32Array | Int32Array | Float32Array;

/** An uncompressed TIFF of one or three channels. */
export function tiff(values: Samples, width: number, height: number, type: SampleType): Buffer {
  const channels = values.length / (width * height);
  const bits = values.BYTES_PER_ELEMENT * 8;
  const data = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  // Lists of three values follow the directory, then the data.
  const tags = 10;
  const listAt = 8 + 2 + tags * 12 + 4;
  const dataAt = listAt + 12;
  const list = (value: number, at: number): readonly [count: number, value: number] =>
    channels === 1 ? [1, value] : [channels, at];
  const entries: readonly (readonly [tag: number, type: 3 | 4, count: number, value: number])[] = [
    [256, 4, 1, width],
    [257, 4, 1, height],
    [258, 3, ...list(bits, listAt)],
    [259, 3, 1, 1],
    [262, 3, 1, channels === 1 ? 1 : 2],
    [273, 4, 1, dataAt],
    [277, 3, 1, channels],
    [278, 4, 1, height],
    [279, 4, 1, data.length],
    [339, 3, ...list(FORMATS[type], listAt + 6)],
  ];
  const head = Buffer.alloc(dataAt);
  head.write('II*\0', 'latin1');
  head.writeUInt32LE(8, 4);
  head.writeUInt16LE(tags, 8);
  for (const [i, [tag, kind, count, value]] of entries.entries()) {
    const at = 10 + i * 12;
    head.writeUInt16LE(tag, at);
    head.writeUInt16LE(kind, at + 2);
    head.writeUInt32LE(count, at + 4);
    head.writeUInt32LE(value, at + 8);
  }
  for (let i = 0; i < 3; i++) {
    head.writeUInt16LE(bits, listAt + 2 * i);
    head.writeUInt16LE(FORMATS[type], listAt + 6 + 2 * i);
  }
  return Buffer.concat([head, data]);
}
