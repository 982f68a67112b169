import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { hashBytes, PodiumError } from '@podium/core';
import type { AwsClient } from 'aws4fetch';

/** Who asks, and where. */
export interface S3Access {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
  readonly region: string;
  /** URL of the service: `https://s3.eu-central-1.amazonaws.com`. */
  readonly endpoint: string;
}

export interface S3Request {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  /** Key of the object in its bucket; empty for the bucket itself. */
  readonly key: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  /** Hash of the body, if it is known. The service rejects a body with another one. */
  readonly sha256?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Answers that are no failure besides 2xx. */
  readonly expected?: readonly number[];
}

export interface S3Options {
  /** Tries before a request fails; default: 6. */
  readonly tries?: number;
  /** Wait before the second try, doubled before each further one; default: 200 ms. */
  readonly waitMs?: number;
  /** For tests. */
  readonly fetch?: (request: Request) => Promise<Response>;
}

/** The service is busy, or has a fault; 409: another conditional write of the object was in progress. */
const TRY_AGAIN: ReadonlySet<number> = new Set([408, 409, 429, 500, 502, 503, 504]);
const TRIES = 6;
const WAIT_MS = 200;
const MAX_WAIT_MS = 10_000;
const TIMEOUT_MS = 120_000;

/** Sends requests to one bucket: signed, and again if the service is busy or cannot be reached. */
export class S3Bucket {
  readonly name: string;
  readonly #access: S3Access;
  readonly #options: S3Options;
  #client: Promise<AwsClient> | undefined;

  constructor(name: string, access: S3Access, options: S3Options = {}) {
    this.name = name;
    this.#access = access;
    this.#options = options;
  }

  /**
   * The answer to a request.
   * @throws PodiumError `s3-unreachable`, `s3-forbidden`, `s3-no-bucket`, `s3-failed`
   */
  async send(request: S3Request): Promise<Response> {
    const { tries = TRIES, waitMs = WAIT_MS, fetch = globalThis.fetch } = this.#options;
    for (let attempt = 1; ; attempt++) {
      let answer: Response | undefined;
      let failure: unknown;
      try {
        answer = await fetch(await this.#sign(request));
        if (answer.ok || request.expected?.includes(answer.status)) return answer;
      } catch (error) {
        failure = error;
      }
      const isFinal = answer !== undefined && !TRY_AGAIN.has(answer.status);
      if (isFinal || attempt >= tries) throw await this.#error(request, answer, failure);
      await answer?.body?.cancel();
      const longest = Math.min(MAX_WAIT_MS, waitMs * 2 ** (attempt - 1));
      // Many workers that were turned away together should not come back together.
      await sleep(longest / 2 + randomInt(Math.ceil(longest / 2) + 1));
    }
  }

  async #sign({ method, key, query = {}, body, sha256, headers }: S3Request): Promise<Request> {
    this.#client ??= import('aws4fetch').then(({ AwsClient }) => {
      const { accessKeyId, secretAccessKey, sessionToken, region } = this.#access;
      return new AwsClient({
        accessKeyId,
        secretAccessKey,
        region,
        service: 's3',
        retries: 0,
        ...(sessionToken && { sessionToken }),
      });
    });
    const path = [this.name, ...key.split('/')].map(encodeURIComponent).join('/');
    const url = new URL(`${this.#access.endpoint.replace(/\/$/, '')}/${path}`);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    const content = body ?? '';
    return (await this.#client).sign(url, {
      method,
      headers: { ...headers, 'x-amz-content-sha256': sha256 ?? hashBytes(content) },
      ...(body !== undefined && { body: Buffer.from(body) }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  }

  async #error(
    { method, key }: S3Request,
    answer: Response | undefined,
    failure: unknown,
  ): Promise<PodiumError> {
    const place = { file: `s3://${this.name}/${key}` };
    if (answer === undefined) {
      const cause = failure instanceof Error ? (failure.cause ?? failure) : failure;
      const reason = cause instanceof Error ? cause.message || String(cause) : String(cause);
      return new PodiumError(
        {
          code: 's3-unreachable',
          path: place,
          message: `${this.#access.endpoint} cannot be reached: ${reason}`,
          fix: 'check the network, and AWS_ENDPOINT_URL_S3 if the service is not Amazon; then start again: finished work is kept',
        },
        { cause: failure },
      );
    }
    const text = method === 'HEAD' ? '' : await answer.text().catch(() => '');
    const code = /<Code>([^<]*)<\/Code>/.exec(text)?.[1] ?? '';
    const said = `${answer.status} ${code}`.trim();
    if (code === 'NoSuchBucket') {
      return new PodiumError({
        code: 's3-no-bucket',
        path: place,
        message: `there is no bucket "${this.name}" at ${this.#access.endpoint}`,
        fix: 'create it, or name another one',
      });
    }
    if (code === 'RequestTimeTooSkewed') {
      return new PodiumError({
        code: 's3-forbidden',
        path: place,
        message: 'the service rejected a request because the clock of this machine is wrong',
        fix: 'set the clock, for example with NTP',
      });
    }
    if (answer.status === 401 || answer.status === 403) {
      return new PodiumError({
        code: 's3-forbidden',
        path: place,
        message: `the service denied ${method} (${said})`,
        fix: 'check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION and what the key may do: it needs to list the bucket and to read, write and delete objects',
      });
    }
    return new PodiumError({
      code: 's3-failed',
      path: place,
      message: `the service answered ${said} to ${method}`,
      fix: 'see what the service says about it; then start again: finished work is kept',
    });
  }
}
