import { basename, dirname } from 'node:path';
import { PodiumError } from '@podium/core';
import type { Download } from './download.ts';
import type { Unavailable } from './request.ts';
import { shownUrl } from './weights-source.ts';

type NamedDownload = Pick<Download, 'url' | 'file' | 'part' | 'maxBytes'>;

export function assertNotWebPage(job: NamedDownload, headers: Headers): void {
  if (!/^\s*text\/html\b/i.test(headers.get('content-type') ?? '')) return;
  throw new PodiumError({
    code: 'weights-not-weights',
    path: { key: shownUrl(job.url) },
    expected: `the file ${basename(job.file)}`,
    got: 'a web page',
    fix: 'open the address in a browser: it may be wrong, or your network may require a login',
  });
}

export function wrongChecksum(job: NamedDownload, expected: readonly string[], got: string): PodiumError {
  const digits = expected.find((item) => !got.startsWith(item)) ?? '';
  return new PodiumError({
    code: 'weights-checksum',
    path: { key: shownUrl(job.url) },
    message: 'the file does not match its checksum',
    expected: `SHA-256 ${digits}${digits.length < 64 ? '...' : ''}`,
    got,
    fix: 'do not use that file; correct the checksum if it is wrong, or try another mirror',
  });
}

export function tooLarge(job: NamedDownload, bytes: number | undefined): PodiumError {
  return new PodiumError({
    code: 'weights-too-large',
    path: { key: shownUrl(job.url) },
    expected: `at most ${job.maxBytes} bytes`,
    got: bytes === undefined ? 'more' : `${bytes} bytes`,
    fix: 'check the address, or raise the limit `bytes` of fetchWeights',
  });
}

export function diskFull(
  job: NamedDownload,
  room: { readonly bytes: number; readonly free: number } | undefined,
  cause: unknown,
): PodiumError {
  return new PodiumError(
    {
      code: 'disk-full',
      path: { file: dirname(job.part) },
      message: `not enough disk space for ${job.file}`,
      ...(room === undefined ? {} : { expected: `${room.bytes} free bytes`, got: `${room.free}` }),
      fix: 'free some space, or set PODIUM_CACHE to another folder',
    },
    cause === undefined ? undefined : { cause },
  );
}

export function unreachable(job: NamedDownload, attempts: number, last: Unavailable): PodiumError {
  const asked = last.waitMs === undefined ? '' : `, and the server asks to wait ${last.waitMs / 1000} s`;
  return new PodiumError(
    {
      code: 'weights-unreachable',
      path: { key: shownUrl(job.url) },
      message: `download failed after ${attempts} ${attempts === 1 ? 'attempt' : 'attempts'} (${last.message}${asked})`,
      fix: 'try again later: the download resumes if the server supports it; or name a mirror in HF_ENDPOINT or PODIUM_WEIGHTS_MIRROR',
    },
    { cause: last },
  );
}
