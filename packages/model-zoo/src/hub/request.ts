import { PodiumError } from '@podium/core';
import { shownUrl } from './weights-source.ts';

/** A temporary failure, after which the download is retried. */
export class Unavailable extends Error {
  /** Milliseconds that the server asks to wait. */
  readonly waitMs: number | undefined;

  constructor(
    reason: string,
    options: { readonly waitMs?: number | undefined; readonly cause?: unknown } = {},
  ) {
    super(reason, options.cause === undefined ? undefined : { cause: options.cause });
    this.waitMs = options.waitMs;
  }
}

/** What the hub states about a file before it redirects to the storage server. */
export interface Linked {
  /** SHA-256 of a file in large file storage: `x-linked-etag`, or `etag` if it is one. */
  readonly sha256?: string;
  readonly bytes?: number;
  /** The commit of the revision. */
  readonly commit?: string;
}

export interface RequestOptions {
  /** Headers for the next request, from what the hub has stated so far. */
  readonly headers: (linked: Linked) => Record<string, string>;
  /** Bearer token for the origin of the address. */
  readonly token: string | undefined;
  /** An origin that the environment allows to contact without TLS. */
  readonly plainOrigin: string | undefined;
  readonly redirects: number;
  readonly signal: AbortSignal;
  /** Called at every response. */
  readonly onAnswer: () => void;
}

const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];

/**
 * GETs an address and follows redirects. The token is sent only to the origin of the address, and not after a redirect has left
 * it. Only HTTPS is used, except for localhost and for a mirror that is configured without TLS.
 *
 * @throws Unavailable for temporary network failures; PodiumError `weights-insecure`, `weights-redirect`, or
 * `weights-unreachable` if retrying would not help
 */
export async function request(
  start: URL,
  options: RequestOptions,
): Promise<{ readonly response: Response; readonly linked: Linked }> {
  let url = start;
  let linked: Linked = {};
  let atOrigin = true;
  for (let hops = 0; ; hops++) {
    assertSecure(url, start, options.plainOrigin);
    atOrigin &&= url.origin === start.origin;
    const headers: Record<string, string> = {
      'accept-encoding': 'identity',
      'user-agent': 'podium',
      ...options.headers(linked),
    };
    if (atOrigin && options.token !== undefined && isConfidential(url))
      headers.authorization = `Bearer ${options.token}`;
    const response = await send(url, headers, options.signal);
    options.onAnswer();
    if (atOrigin) linked = readLinked(response.headers, linked);
    if (!REDIRECTS.includes(response.status)) return { response, linked };
    await response.body?.cancel();
    const location = response.headers.get('location');
    if (location === null || !URL.canParse(location, url.href))
      throw redirectError(start, 'the server redirects to an invalid address');
    if (hops >= options.redirects)
      throw redirectError(start, `the server redirects more than ${options.redirects} times`);
    url = new URL(location, url);
  }
}

async function send(url: URL, headers: Record<string, string>, signal: AbortSignal): Promise<Response> {
  try {
    return await fetch(url, { headers, redirect: 'manual', signal });
  } catch (error) {
    signal.throwIfAborted();
    throw networkFailure(url.host, error);
  }
}

/** Classifies a network error as temporary or permanent. */
export function networkFailure(host: string, error: unknown): Error {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : undefined;
  const code = String((cause as NodeJS.ErrnoException | undefined)?.code ?? '');
  const reason = `${host}: ${cause?.message || (error instanceof Error ? error.message : String(error))}`;
  const fix =
    code === 'ENOTFOUND'
      ? 'check the network connection and the host name; PODIUM_OFFLINE=1 uses only the cache'
      : /CERT|SIGNATURE|^ERR_TLS|^ERR_SSL/.test(code)
        ? 'set NODE_EXTRA_CA_CERTS to the certificate of your network'
        : undefined;
  if (fix === undefined) return new Unavailable(reason, { cause: error });
  return new PodiumError({ code: 'weights-unreachable', message: reason, fix }, { cause: error });
}

function readLinked(headers: Headers, before: Linked): Linked {
  const tag = /^"?([0-9a-f]{64})"?$/.exec(headers.get('x-linked-etag') ?? headers.get('etag') ?? '')?.[1];
  const size = /^\d{1,15}$/.exec(headers.get('x-linked-size') ?? '')?.[0];
  const commit = /^[0-9a-f]{40}$/.exec(headers.get('x-repo-commit') ?? '')?.[0];
  return {
    sha256: tag ?? before.sha256,
    bytes: size === undefined ? before.bytes : Number(size),
    commit: commit ?? before.commit,
  };
}

function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);
}

function isConfidential(url: URL): boolean {
  return url.protocol === 'https:' || isLoopback(url);
}

function assertSecure(url: URL, start: URL, plainOrigin: string | undefined): void {
  if (url.protocol === 'https:') return;
  if (url.protocol === 'http:') {
    // A remote server must not redirect to services of this machine.
    if (isLoopback(url) && isLoopback(start)) return;
    if (url.origin === plainOrigin) return;
  }
  throw new PodiumError({
    code: 'weights-insecure',
    path: { key: shownUrl(start) },
    message:
      url === start ? 'weights are not downloaded without TLS' : `the server redirects to ${shownUrl(url)}`,
    expected: 'https',
    got: url.protocol.replace(':', ''),
    fix: 'use an https address; for your own mirror without TLS, set HF_ENDPOINT or PODIUM_WEIGHTS_MIRROR',
  });
}

function redirectError(start: URL, message: string): PodiumError {
  return new PodiumError({
    code: 'weights-redirect',
    path: { key: shownUrl(start) },
    message,
    fix: 'check the address, or the mirror that the environment names',
  });
}
