import { PodiumError } from '@podium/core';
import { Unavailable } from './request.ts';
import { shownUrl } from './weights-source.ts';

const TEMPORARY: readonly number[] = [408, 425, 429, 500, 502, 503, 504];

/** The error for a response without a file: `Unavailable` if it is temporary, otherwise one that says what to do. */
export function statusError(url: URL, response: Response, isHub: boolean): Error {
  const { status, headers } = response;
  const key = shownUrl(url);
  if (TEMPORARY.includes(status))
    return new Unavailable(`${url.host} returns ${status}`, { waitMs: retryAfterMs(headers) });
  if (status === 401 || status === 403) {
    return new PodiumError({
      code: 'weights-refused',
      path: { key },
      message: `the server refuses access (HTTP ${status})`,
      fix: isHub
        ? "check the repository's name; if it is private or gated, accept its license on its page and set HF_TOKEN to a token that may read it"
        : 'check the address; if it requires a login, download the file yourself and name its path',
    });
  }
  if (status === 404 || status === 410) {
    const what = { RepoNotFound: 'repository', RevisionNotFound: 'revision' }[
      headers.get('x-error-code') ?? ''
    ];
    return new PodiumError({
      code: 'weights-not-found',
      path: { key },
      message: `there is no such ${what ?? 'file'} (HTTP ${status})`,
      fix: isHub
        ? 'check the names of the repository, the revision and the file on the hub; for a private repository set HF_TOKEN'
        : 'check the address',
    });
  }
  return new PodiumError({
    code: 'weights-http',
    path: { key },
    expected: 'the file',
    got: `HTTP ${status}`,
    fix: 'check the address, or the mirror that the environment names',
  });
}

/**
 * Retry-After in milliseconds: a number of seconds, or a date. A date is compared with the Date of the response, so that a wrong
 * clock on this machine does not matter.
 */
export function retryAfterMs(headers: Headers): number | undefined {
  const text = headers.get('retry-after')?.trim() ?? '';
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const [until, now] = [Date.parse(text), Date.parse(headers.get('date') ?? '')];
  return Number.isNaN(until - now) ? undefined : Math.max(0, until - now);
}
