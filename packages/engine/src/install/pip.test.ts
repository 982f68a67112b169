import { expect, test } from 'vitest';
import { explain } from './pip.ts';

test.each<[string, string, string, string]>([
  [
    'the disk',
    'ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device',
    '',
    'the disk is full: pip could not store tf==1',
  ],
  [
    'a checksum',
    'ERROR: THESE PACKAGES DO NOT MATCH THE HASHES\n        Expected sha256 aa\n             Got        bb\n',
    '',
    'the wheel for tf==1 does not match the hash of the index (an incomplete download, or another file): expected SHA-256 aa, got bb',
  ],
  [
    'the network',
    'ERROR: No matching distribution found for tf',
    "2026 Could not fetch URL https://example.org/simple/tf/: connection error: HTTPSConnectionPool(host='example.org', port=443): Max retries exceeded with url: /simple/tf/ (Caused by NewConnectionError('<x>: Failed to establish a new connection: [Errno 111] Connection refused')) - skipping\n",
    'no network: pip cannot reach its package index at example.org (Connection refused)',
  ],
  [
    'the index',
    'ERROR: No matching distribution found for tf',
    '',
    "pip's package index has no compatible wheel for tf==1",
  ],
  [
    'a connection that pip resumed in vain',
    'error: incomplete-download\n\n× Download failed after 6 attempts because not enough bytes were received\n',
    '',
    'the connection was lost while pip downloaded tf==1',
  ],
  [
    'a traceback',
    'ERROR: Exception:\nTraceback (most recent call last):\n  File "x"\nzipfile.BadZipFile: File is not a zip file\n',
    '',
    'pip could not download tf==1: zipfile.BadZipFile: File is not a zip file',
  ],
  ['anything else', 'Segmentation fault\n', '', 'pip could not download tf==1: Segmentation fault'],
])('%s is reported in one sentence', (_, stderr, log, sentence) => {
  expect(explain('tf==1', stderr, log)).toBe(sentence);
});
