import { Buffer } from 'node:buffer';
import { PodiumError } from '@podium/core';

/** Device names that Windows does not allow for files, with or without an extension. */
const DEVICES = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)/i;
const FORBIDDEN = /[/\\<>:"|?*]/;
/** Control characters, surrogates, and marks that change the reading direction and so disguise a name. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it rejects control characters
const INVISIBLE = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]|\p{Surrogate}/u;
/** File systems allow 255; an extension has to fit behind it. */
const MAX_BYTES = 200;

/**
 * Checks a name from outside before it becomes a file or folder: one path segment, allowed on every system.
 * @param kind `competition` or `run`, for messages
 * @returns the name in Unicode NFC
 * @throws PodiumError `unsafe-name` with the reason
 */
export function safeName(name: string, kind: string): string {
  const composed = name.normalize('NFC');
  const fault = faultOf(composed);
  if (fault === undefined) return composed;
  throw new PodiumError({
    code: 'unsafe-name',
    message: `the ${kind} name ${fault}`,
    expected:
      'a name that works as a file on every system: letters of any script, digits, spaces, "-", "_", "."',
    got: JSON.stringify(name),
    fix: `choose another ${kind} name`,
  });
}

/** Whether {@link safeName} accepts a name as it is. */
export function isSafeName(name: string): boolean {
  return name === name.normalize('NFC') && faultOf(name) === undefined;
}

function faultOf(name: string): string | undefined {
  if (name === '') return 'is empty';
  if (/^\.+$/.test(name)) return 'leads to another folder';
  const forbidden = FORBIDDEN.exec(name)?.[0];
  if (forbidden !== undefined) return `contains ${forbidden}`;
  if (INVISIBLE.test(name)) return 'contains an invisible character';
  if (name.startsWith('.')) return 'starts with a dot, so the file would be hidden';
  if (/^\s|[\s.]$/.test(name)) return 'starts or ends with a space, or ends with a dot';
  if (DEVICES.test(name)) return 'is a device on Windows';
  if (Buffer.byteLength(name) > MAX_BYTES) return `is longer than ${MAX_BYTES} bytes`;
  return undefined;
}
