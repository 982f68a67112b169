import { PodiumError } from '@podium/core';
import { shownUrl } from './weights-source.ts';

/** A failure that may pass: the download tries again. */
export class Unavailable extends Error {
  /** Milliseconds that the server asks to wait, where it does. */
  readonly waitMs: number | undefined;

  constructor(
    reason: string,
    options: { readonly waitMs?: number | undefined; readonly cause?: unknown } = {},
  ) {
    super(reason, options.cause === undefined ? undefined : { cause: options.cause });
    this.waitMs = options.waitMs;
  }
}

/** What the hub itself says about a file before it redirects to where the bytes lie. */
export interface Linked {
  /** SHA-256 of a file in large file storage: `x-linked-etag`, or an `etag` that is one. */
  readonly sha256?: string;
  readonly bytes?: number;
  /** The commit that the revision stands for. */
  readonly commit?: string;
}

export interface RequestOptions {
  /** Headers for the next hop, by what the hub has said so far. */
  readonly headers: (linked: Linked) => Record<string, string>;
  /** Bearer token for the address's own origin. */
  readonly token: string | undefined;
  /** An origin that may be spoken to without TLS, since the environment names it so. */
  readonly plainOrigin: string | undefined;
  readonly redirects: number;
  readonly signal: AbortSignal;
  /** Called at every sign of life. */
  readonly onAnswer: () => void;
}

const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];

/**
 * GETs an address and follows its redirects itself: a token goes to the address's own origin only, and never again after
 * a redirect has left it; nothing but HTTPS is spoken, except with this machine and with a mirror that is named so.
 *
 * @throws Unavailable where the network failed; PodiumError `weights-insecure`, `weights-redirect`,
 * `weights-unreachable` where trying again would not help.
 */
export async function request(
  start: URL,
  options: RequestOptions,
): Promise<{ readonly response: Response; readonly linked: Linked }> {
  let url = start;
  let linked: Linked = {};
  let home = true;
  for (let hops = 0; ; hops++) {
    needSecure(url, start, options.plainOrigin);
    home &&= url.origin === start.origin;
    const headers: Record<string, string> = {
      'accept-encoding': 'identity',
      'user-agent': 'podium',
      ...options.headers(linked),
    };
    if (home && options.token !== undefined && isConfidential(url))
      headers.authorization = `Bearer ${options.token}`;
    const response = await send(url, headers, options.signal);
    options.onAnswer();
    if (home) linked = readLinked(response.headers, linked);
    if (!REDIRECTS.includes(response.status)) return { response, linked };
    await response.body?.cancel();
    const location = response.headers.get('location');
    if (location === null || !URL.canParse(location, url.href))
      throw badRedirect(start, 'it redirects to nowhere');
    if (hops >= options.redirects)
      throw badRedirect(start, `it redirects more than ${options.redirects} times`);
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

/** Sorts an error of the network into what may pass and what will not. */
export function networkFailure(host: string, error: unknown): Error {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : undefined;
  const code = String((cause as NodeJS.ErrnoException | undefined)?.code ?? '');
  const reason = `${host}: ${cause?.message || (error instanceof Error ? error.message : String(error))}`;
  const lasting =
    code === 'ENOTFOUND'
      ? 'check the network connection and the name of the host; PODIUM_OFFLINE=1 works from the cache alone'
      : /CERT|SIGNATURE|^ERR_TLS|^ERR_SSL/.test(code)
        ? 'name the certificate of your network in NODE_EXTRA_CA_CERTS'
        : undefined;
  if (lasting === undefined) return new Unavailable(reason, { cause: error });
  return new PodiumError({ code: 'weights-unreachable', message: reason, fix: lasting }, { cause: error });
}

function readLinked(headers: Headers, before: Linked): Linked {
  const tag = /^"?([0-9a-f]{64})"?$/.exec(headers.get('x-linked-etag') ?? headers.get('etag') ?? '')?.[1];
  const size = /^\d{1,15}$/.exec(headers.get('x-linked-size') ?? '')?.[0];
  const commit = /^[0-9a-f]{40}$/.exec(headers.get('x-repo-commit') ?? '')?.[0];
  return {
    ...before,
    sha256: tag,
    ...(size === undefined ? {} : { bytes: Number(size) }),
    commit,
  };
}

function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);
}

function isConfidential(url: URL): boolean {
  return url.protocol === 'https:' || isLoopback(url);
}

function needSecure(url: URL, start: URL, plainOrigin: string | undefined): void {
  if (url.protocol === 'https:') return;
  if (url.protocol === 'http:') {
    // A stranger's server must not send us round to services of this machine.
    if (isLoopback(url) && isLoopback(start)) return;
    if (url.origin === plainOrigin) return;
  }
  throw new PodiumError({
    code: 'weights-insecure',
    path: { key: shownUrl(start) },
    message: url === start ? 'weights are not fetched without TLS' : `it redirects to ${shownUrl(url)}`,
    expected: 'https',
    got: url.protocol.replace(':', ''),
    fix: 'use an https address; for a mirror of your own without TLS, set HF_ENDPOINT or PODIUM_WEIGHTS_MIRROR to it',
  });
}

function badRedirect(start: URL, message: string): PodiumError {
  return new PodiumError({
    code: 'weights-redirect',
    path: { key: shownUrl(start) },
    message,
    fix: 'check the address, or the mirror that the environment names',
  });
}
