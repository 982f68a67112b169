import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import {
  type FetchedWeights,
  type FetchOptions,
  fetchWeights,
  type HubEvent,
  type WeightsSource,
} from '../../src/hub/index.ts';

/*
 * Real servers on localhost, real files, real processes; only the pauses between attempts are skipped.
 */

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'podium-hub-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  return folder;
}

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** A safetensors file of one tensor of `bytes` bytes, none like its neighbor. */
export function weights(bytes = 3000, seed = 1): Buffer {
  const header = Buffer.from(`{"w":{"dtype":"U8","shape":[${bytes}],"data_offsets":[0,${bytes}]}}`);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const data = Buffer.alloc(
    bytes,
    Uint8Array.from({ length: 251 }, (_, i) => (i * 31 + seed) & 255),
  );
  return Buffer.concat([length, header, data]);
}

export const CONFIG = JSON.stringify({
  architecture: 'resnet18',
  num_classes: 1000,
  pretrained_cfg: { input_size: [3, 224, 224], mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
});

export type Handler = (request: IncomingMessage, response: ServerResponse, count: number) => void;

export interface TestServer {
  /** `http://127.0.0.1:port` */
  readonly origin: string;
  /** Every request so far. */
  readonly requests: IncomingMessage[];
  /** Requests, as `PATH` or `PATH RANGE`. */
  asked(): string[];
}

/** A server whose handler gets the number of earlier requests for the same path. */
export async function startServer(handler: Handler): Promise<TestServer> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    const count = requests.filter(({ url }) => url === request.url).length;
    requests.push(request);
    handler(request, response, count);
  });
  await new Promise<void>((fulfil) => server.listen(0, '127.0.0.1', fulfil));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    requests,
    asked: () => requests.map(({ url, headers }) => [url, headers.range].filter(Boolean).join(' ')),
  };
}

export interface ServeOptions {
  readonly etag?: string;
  /** Whether Range is supported. Default true. */
  readonly ranges?: boolean;
  /** Whether If-Range is supported. Default true. */
  readonly ifRange?: boolean;
  /** Stop after this many bytes of the file: close the connection, or leave it hanging. */
  readonly stop?: { readonly at: number; readonly how: 'cut' | 'hang' };
  readonly headers?: Readonly<Record<string, string>>;
}

/** Answers with a file, as a well-behaved web server does. */
export function serve(
  request: IncomingMessage,
  response: ServerResponse,
  bytes: Buffer,
  {
    etag = `"${sha256(bytes).slice(0, 16)}"`,
    ranges = true,
    ifRange = true,
    stop,
    headers,
  }: ServeOptions = {},
): void {
  const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? Number.NaN);
  const same = !ifRange || request.headers['if-range'] === undefined || request.headers['if-range'] === etag;
  const part = ranges && same && Number.isInteger(start);
  const begin = part ? start : 0;
  if (part && begin >= bytes.length) {
    response.writeHead(416, { 'content-range': `bytes */${bytes.length}` }).end();
    return;
  }
  response.writeHead(part ? 206 : 200, {
    ...(etag === '' ? {} : { etag }),
    'content-type': 'application/octet-stream',
    'content-length': bytes.length - begin,
    ...(part ? { 'content-range': `bytes ${begin}-${bytes.length - 1}/${bytes.length}` } : {}),
    ...headers,
  });
  if (stop === undefined || stop.at <= begin) {
    response.end(bytes.subarray(begin));
    return;
  }
  response.write(bytes.subarray(begin, stop.at), () => {
    // Wait until the bytes are on the client's disk: those that fetch still buffers when a connection breaks are lost.
    if (stop.how === 'cut') setTimeout(() => response.socket?.end(), 150);
  });
}

/** A hub with one repository, in the layout of the Hugging Face hub. */
export async function startHub(
  files: Readonly<Record<string, Buffer | string>>,
  options: {
    readonly commit?: string;
    /** Responds instead of the hub if it returns true. */
    readonly before?: (request: IncomingMessage, response: ServerResponse, count: number) => boolean;
  } = {},
): Promise<TestServer> {
  return await startServer((request, response, count) => {
    if (options.before?.(request, response, count)) return;
    const name = /^\/timm\/net\/resolve\/[^/]+\/(.+)$/.exec(request.url ?? '')?.[1] ?? '';
    const file = files[name];
    if (file === undefined) {
      response.writeHead(404, { 'x-error-code': 'EntryNotFound' }).end('Entry not found');
      return;
    }
    const bytes = Buffer.from(file);
    const tag: Record<string, string> =
      name === 'config.json' ? {} : { 'x-linked-etag': `"${sha256(bytes)}"` };
    serve(request, response, bytes, {
      headers: { ...tag, ...(options.commit === undefined ? {} : { 'x-repo-commit': options.commit }) },
    });
  });
}

export interface Sandbox {
  readonly cache: string;
  readonly env: NodeJS.ProcessEnv;
  readonly events: HubEvent[];
  /** The skipped pauses between attempts, in milliseconds. */
  readonly pauses: number[];
  fetch(source: WeightsSource, options?: FetchOptions): Promise<FetchedWeights>;
  /** All files in the cache except locks, sorted. */
  files(): string[];
  /** Partial files. */
  parts(): string[];
}

export function makeSandbox(env: NodeJS.ProcessEnv = {}): Sandbox {
  const folder = temporaryFolder();
  const cache = join(folder, 'weights-1');
  const all = { PATH: process.env.PATH, HOME: folder, PODIUM_CACHE: folder, ...env };
  const events: HubEvent[] = [];
  const pauses: number[] = [];
  const files = (): string[] => {
    try {
      return readdirSync(cache, { recursive: true, withFileTypes: true })
        .filter((item) => item.isFile())
        .map((item) => join(item.parentPath, item.name).slice(cache.length + 1))
        .sort();
    } catch {
      return [];
    }
  };
  return {
    cache,
    env: all,
    events,
    pauses,
    fetch: async (source, options = {}) =>
      await fetchWeights(source, {
        env: all,
        sleep: async (ms) => void pauses.push(ms),
        ...options,
        onEvent: (event) => {
          events.push(event);
          options.onEvent?.(event);
        },
      }),
    files,
    parts: () => files().filter((file) => /(^|\/)\./.test(file)),
  };
}

/** The rejection of a promise. */
export async function failure(promise: Promise<unknown>): Promise<Error & { code?: string }> {
  return await promise.then(
    () => Promise.reject(new Error('it did not fail')),
    (error: Error) => error,
  );
}
