import { Buffer } from 'node:buffer';
import { PodiumError } from '@podium/core';

/** Names of devices that Windows gives no file, with or without an extension. */
const DEVICES = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)/i;
const FORBIDDEN = /[/\\<>:"|?*]/;
/** What cannot be seen, or turns the reading direction and so hides what a name is. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
const INVISIBLE = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]|\p{Surrogate}/u;
/** File systems allow 255; an ending has to fit behind it. */
const MOST_BYTES = 200;

/**
 * A name that people or files gave, as the name of a folder or file: NFC, one level, allowed on every system.
 * @param what `competition` or `run`, for messages
 * @throws PodiumError `unsafe-name` saying what is wrong with it
 */
export function safeName(name: string, what: string): string {
  const even = name.normalize('NFC');
  const wrong = faultOf(even);
  if (wrong === undefined) return even;
  throw new PodiumError({
    code: 'unsafe-name',
    message: `the ${what}'s name ${wrong}`,
    expected:
      'a name that every system takes for a folder or file: letters of any script, digits, spaces, "-", "_", "."',
    got: JSON.stringify(name),
    fix: `give the ${what} another name`,
  });
}

function faultOf(name: string): string | undefined {
  if (name === '') return 'is empty';
  if (/^\.+$/.test(name)) return 'leads to another folder';
  const forbidden = FORBIDDEN.exec(name)?.[0];
  if (forbidden !== undefined) return `holds ${forbidden}`;
  if (INVISIBLE.test(name)) return 'holds a character that cannot be seen';
  if (name.startsWith('.')) return 'begins with a dot: the file would be hidden';
  if (/^\s|[\s.]$/.test(name)) return 'begins or ends with a space, or ends with a dot';
  if (DEVICES.test(name)) return 'is that of a device on Windows';
  if (Buffer.byteLength(name) > MOST_BYTES) return `is longer than ${MOST_BYTES} bytes`;
  return undefined;
}
