import { basename, dirname } from 'node:path';
import { PodiumError } from '@podium/core';
import type { Download } from './download.ts';
import type { Unavailable } from './request.ts';
import { shownUrl } from './weights-source.ts';

type Named = Pick<Download, 'url' | 'file' | 'part' | 'maxBytes'>;

export function assertNotWebPage(job: Named, headers: Headers): void {
  if (!/^\s*text\/html\b/i.test(headers.get('content-type') ?? '')) return;
  throw new PodiumError({
    code: 'weights-not-weights',
    path: { key: shownUrl(job.url) },
    expected: `the file ${basename(job.file)}`,
    got: 'a web page',
    fix: 'open the address in a browser: it may be wrong, or the network may want you to log in first',
  });
}

export function wrongChecksum(job: Named, expected: readonly string[], got: string): PodiumError {
  const digits = expected.find((item) => !got.startsWith(item)) ?? '';
  return new PodiumError({
    code: 'weights-checksum',
    path: { key: shownUrl(job.url) },
    message: 'the server sends another file than the checksum says',
    expected: `SHA-256 ${digits}${digits.length < 64 ? '...' : ''}`,
    got,
    fix: 'do not use that file; correct the checksum if it is the wrong one, or try another mirror',
  });
}

export function tooLarge(job: Named, bytes: number | undefined): PodiumError {
  return new PodiumError({
    code: 'weights-too-large',
    path: { key: shownUrl(job.url) },
    expected: `at most ${job.maxBytes} bytes`,
    got: bytes === undefined ? 'more' : `${bytes} bytes`,
    fix: 'check the address; the limit `bytes` of fetchWeights allows more',
  });
}

export function diskFull(
  job: Named,
  room: { readonly bytes: number; readonly free: number } | undefined,
  cause: unknown,
): PodiumError {
  return new PodiumError(
    {
      code: 'disk-full',
      path: { file: dirname(job.part) },
      message: `the disk is too full for ${job.file}`,
      ...(room === undefined ? {} : { expected: `${room.bytes} free bytes`, got: `${room.free}` }),
      fix: 'free some space there, or set PODIUM_CACHE to another folder',
    },
    cause === undefined ? undefined : { cause },
  );
}

export function unreachable(job: Named, attempts: number, last: Unavailable): PodiumError {
  const asked = last.waitMs === undefined ? '' : `, and it asks to wait ${last.waitMs / 1000} s`;
  return new PodiumError(
    {
      code: 'weights-unreachable',
      path: { key: shownUrl(job.url) },
      message: `no whole file after ${attempts} ${attempts === 1 ? 'attempt' : 'attempts'} (${last.message}${asked})`,
      fix: 'try again later: what has come is kept, and the download goes on from there if the server allows it; or name a mirror in HF_ENDPOINT or PODIUM_WEIGHTS_MIRROR',
    },
    { cause: last },
  );
}
