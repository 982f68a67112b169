import { PodiumError } from '@podium/core';
import type { TableEncoding } from '@podium/dataset';

/** How text is stored in a file. */
export type FileEncoding = TableEncoding;

/** The text in the first bytes of a file, with its byte order mark. */
export function decodeStart(bytes: Uint8Array, encoding: FileEncoding): string {
  return new TextDecoder(encoding, { ignoreBOM: true }).decode(bytes, { stream: true });
}

/** @throws PodiumError `submission-encoding` for a character that the encoding does not have */
export function encodeText(text: string, encoding: FileEncoding): Uint8Array {
  if (encoding === 'utf-8') return Buffer.from(text, 'utf8');
  if (encoding === 'windows-1252') return singleBytes(text, encoding);
  const bytes = Buffer.from(text, 'utf16le');
  return encoding === 'utf-16be' ? bytes.swap16() : bytes;
}

/** Node decodes this encoding, but does not encode it. */
function singleBytes(text: string, encoding: FileEncoding): Uint8Array {
  const decoded = new TextDecoder(encoding).decode(Uint8Array.from({ length: 256 }, (_, byte) => byte));
  const byteOf = new Map([...decoded].map((character, byte) => [character, byte]));
  return Uint8Array.from(text, (character) => {
    const byte = byteOf.get(character);
    if (byte !== undefined) return byte;
    throw new PodiumError({
      code: 'submission-encoding',
      message: `the sample submission is written in ${encoding}, which does not have a character of a label`,
      got: JSON.stringify(character),
      fix: 'set submission.options.names to what the competition writes for this label, or convert the sample to UTF-8',
    });
  });
}
