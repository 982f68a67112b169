import { createHash, type Hash } from 'node:crypto';
import { open, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { PodiumError } from '@podium/core';
import { systemCode } from '@podium/engine/install';
import { assertNotWebPage, diskFull, tooLarge, unreachable, wrongChecksum } from './download-errors.ts';
import type { Hub } from './open-hub.ts';
import { beginPart, hashPart, type Part, type PartRecord, readPart, removePart } from './part.ts';
import { type Linked, networkFailure, request, Unavailable } from './request.ts';
import { statusError } from './status-error.ts';

const FIRST_WAIT_MS = 1000;
/** Progress that resets the count of failures. */
const PROGRESS_BYTES = 1 << 20;

/** One file on a server. */
export interface Download {
  readonly url: URL;
  /** Path of the partial file; see `partPath`. */
  readonly part: string;
  /** Name of the file in events. */
  readonly file: string;
  readonly token: string | undefined;
  /** An origin that may be contacted without TLS. */
  readonly plainOrigin: string | undefined;
  /** Whether the server states SHA-256, commit and size as the Hugging Face hub does. */
  readonly hubHeaders: boolean;
  /** SHA-256 that the file must have, or its first digits. */
  readonly sha256: string | undefined;
  readonly maxBytes: number;
  /** Whether the file may be missing; then the result is undefined. */
  readonly optional: boolean;
}

/** A complete file with the right checksum, at the path of the partial file, synced to disk. */
export interface Downloaded {
  readonly sha256: string;
  readonly commit: string | undefined;
}

/**
 * Downloads a file. Resumes an earlier attempt if the server confirms that its file is unchanged, retries temporary failures
 * with increasing pauses, and honors Retry-After.
 *
 * @throws PodiumError `weights-not-found`, `weights-refused`, `weights-http`, `weights-unreachable`, `weights-too-large`,
 * `weights-checksum`, `weights-not-weights`, `weights-insecure`, `weights-redirect`, `disk-full`; the signal's reason
 */
export async function download(
  hub: Hub,
  job: Download,
  signal: AbortSignal,
): Promise<Downloaded | undefined> {
  let failures = 0;
  let furthest = (await readPart(job.part))?.bytes ?? 0;
  let restarted = false;
  for (;;) {
    try {
      const { sha256, expected, resumed, commit } = await attempt(hub, job, signal);
      if (expected.every((digits) => sha256.startsWith(digits))) return { sha256, commit };
      await removePart(job.part);
      // Parts of different files, or a damaged first part: download the whole file once more.
      if (!resumed || restarted) throw wrongChecksum(job, expected, sha256);
      restarted = true;
      hub.emit({ type: 'restart', file: job.file, reason: 'its checksum is wrong' });
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof Missing) return undefined;
      if (!(error instanceof Unavailable)) throw error;
      const reached = (await readPart(job.part))?.bytes ?? 0;
      if (reached >= furthest + PROGRESS_BYTES) failures = 0;
      furthest = Math.max(furthest, reached);
      failures++;
      if (failures >= hub.limits.attempts) throw unreachable(job, failures, error);
      const waitMs = error.waitMs ?? FIRST_WAIT_MS * 2 ** (failures - 1);
      if (waitMs > hub.limits.waitMs) throw unreachable(job, failures, error);
      hub.emit({ type: 'retry', file: job.file, reason: error.message, waitMs });
      if (waitMs > 0) await hub.sleep(waitMs, signal);
    }
  }
}

/** The server does not have the file. */
class Missing extends Error {}

interface Attempt {
  readonly sha256: string;
  /** Checksums that it must have, or their first digits. */
  readonly expected: readonly string[];
  readonly resumed: boolean;
  readonly commit: string | undefined;
}

async function attempt(hub: Hub, job: Download, outer: AbortSignal): Promise<Attempt> {
  const held = await readPart(job.part);
  const complete = await alreadyComplete(job, held);
  if (complete !== undefined) return complete;
  // Hashed before the request is sent: a slow disk must not look like a slow server.
  const seen = held?.record.validator === undefined ? undefined : await hashPart(job.part);
  const start = held === undefined || seen === undefined ? undefined : { ...held, seen };
  const watch = watchIdle(hub.limits.idleMs, outer);
  try {
    const { response, linked } = await request(job.url, {
      headers: (stated) => rangeHeaders(start, job.hubHeaders ? stated : {}),
      token: job.token,
      plainOrigin: job.plainOrigin,
      redirects: hub.limits.redirects,
      signal: watch.signal,
      onAnswer: watch.touch,
    });
    return await receive(hub, job, start, response, job.hubHeaders ? linked : {}, watch);
  } catch (error) {
    outer.throwIfAborted();
    if (watch.stalled()) {
      const reason = `${job.url.host}: no data for ${hub.limits.idleMs / 1000} s`;
      throw new Unavailable(reason, { cause: error });
    }
    throw error;
  } finally {
    watch.stop();
  }
}

/** A partial file that is complete: the process was killed just before renaming it. */
async function alreadyComplete(job: Download, held: Part | undefined): Promise<Attempt | undefined> {
  const expected = [job.sha256, held?.record.sha256].filter((digits) => digits !== undefined);
  if (held === undefined || held.bytes !== held.record.total || expected.length === 0) return undefined;
  const sha256 = (await hashPart(job.part)).digest('hex');
  return { sha256, expected, resumed: true, commit: undefined };
}

function rangeHeaders(held: Part | undefined, stated: Linked): Record<string, string> {
  if (held?.record.validator === undefined || isOther(held.record, stated)) return {};
  return { range: `bytes=${held.bytes}-`, 'if-range': held.record.validator };
}

function isOther(record: PartRecord, stated: Linked): boolean {
  return record.sha256 !== undefined && stated.sha256 !== undefined && record.sha256 !== stated.sha256;
}

async function receive(
  hub: Hub,
  job: Download,
  held: (Part & { readonly seen: Hash }) | undefined,
  response: Response,
  linked: Linked,
  watch: IdleWatch,
): Promise<Attempt> {
  const { status, headers } = response;
  if (status === 416 || (status === 206 && !continues(held, headers))) {
    await removePart(job.part);
    throw new Unavailable(`${job.url.host} does not have this range of the file: downloading all of it`, {
      waitMs: 0,
    });
  }
  if (status !== 200 && status !== 206) {
    const error = statusError(job.url, response, job.hubHeaders);
    if (job.optional && error instanceof PodiumError && error.code === 'weights-not-found')
      throw new Missing();
    throw error;
  }
  assertNotWebPage(job, headers);
  const part = status === 206 ? held : undefined;
  if (held !== undefined && part === undefined) {
    const reason = 'the server sends all of it: it has changed, or the server does not support ranges';
    hub.emit({ type: 'restart', file: job.file, reason });
  }
  const record = part?.record ?? describe(headers, linked);
  if ((record.total ?? 0) > job.maxBytes) throw tooLarge(job, record.total);
  const begin = part?.bytes ?? 0;
  if (part === undefined) await removePart(job.part);
  await assertRoom(job, (record.total ?? 0) - begin);
  if (part === undefined) await beginPart(job.part, record);
  hub.emit({
    type: 'download',
    file: job.file,
    from: job.url.host,
    folder: dirname(job.part),
    bytes: record.total,
    ...(begin === 0 ? {} : { resumedAt: begin }),
  });
  const hash = part?.seen ?? createHash('sha256');
  const done = await write(hub, job, response, { hash, begin, total: record.total }, watch);
  if (record.total !== undefined && done !== record.total)
    throw new Unavailable(`${job.url.host} closed the connection after ${done} of ${record.total} bytes`);
  const stated = linked.sha256 ?? record.sha256;
  return {
    sha256: hash.digest('hex'),
    expected: [job.sha256, stated].filter((digits) => digits !== undefined),
    resumed: part !== undefined,
    commit: linked.commit,
  };
}

/** Whether a 206 response continues the partial file. */
function continues(held: Part | undefined, headers: Headers): boolean {
  const [, start, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get('content-range') ?? '') ?? [];
  if (held === undefined || Number(start) !== held.bytes) return false;
  if (total !== '*' && held.record.total !== undefined && Number(total) !== held.record.total) return false;
  // A server without If-Range sends the range of any file it has.
  const validator = readValidator(headers);
  return validator === undefined || validator === held.record.validator;
}

function describe(headers: Headers, linked: Linked): PartRecord {
  // Length and ranges of an encoded response are not those of the file.
  const encoded = (headers.get('content-encoding') ?? 'identity') !== 'identity';
  const validator = encoded ? undefined : readValidator(headers);
  const length = encoded ? undefined : /^\d{1,15}$/.exec(headers.get('content-length') ?? '')?.[0];
  const total = length === undefined ? linked.bytes : Number(length);
  // Absent keys keep what the record had.
  return {
    ...(validator !== undefined && { validator }),
    ...(total !== undefined && { total }),
    ...(linked.sha256 !== undefined && { sha256: linked.sha256 }),
  };
}

/** Weak ETags are not allowed in If-Range (RFC 9110, 13.1.5). */
function readValidator(headers: Headers): string | undefined {
  const tag = headers.get('etag');
  if (tag !== null && /^"[\x21\x23-\x7e]*"$/.test(tag)) return tag;
  return headers.get('last-modified') ?? undefined;
}

async function write(
  hub: Hub,
  job: Download,
  { body }: Response,
  { hash, begin, total }: { readonly hash: Hash; readonly begin: number; readonly total: number | undefined },
  watch: IdleWatch,
): Promise<number> {
  const file = await open(job.part, 'a', 0o644);
  const step = Math.max(PROGRESS_BYTES, (total ?? 0) / 100);
  let done = begin;
  let reported = begin;
  const reportProgress = (): void => {
    reported = done;
    hub.emit({ type: 'progress', file: job.file, done, total });
  };
  try {
    const reader = body?.getReader();
    for (;;) {
      const chunk = await reader?.read().catch((error: unknown) => {
        throw networkFailure(job.url.host, error);
      });
      if (chunk === undefined || chunk.done) break;
      watch.touch();
      const bytes = chunk.value as Uint8Array;
      done += bytes.length;
      if (done > job.maxBytes) throw tooLarge(job, undefined);
      hash.update(bytes);
      await file.writeFile(bytes);
      if (done - reported >= step) reportProgress();
    }
    if (done > reported) reportProgress();
    await file.sync();
  } catch (error) {
    if (!['ENOSPC', 'EDQUOT'].includes(systemCode(error) ?? '')) throw error;
    // Free the space for other programs.
    await removePart(job.part);
    throw diskFull(job, undefined, error);
  } finally {
    await file.close();
  }
  return done;
}

async function assertRoom(job: Download, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(dirname(job.part));
  if (bytes > bavail * bsize) throw diskFull(job, { bytes, free: bavail * bsize }, undefined);
}

interface IdleWatch {
  /** Aborts with the caller's signal, after too long without data, and at the end. */
  readonly signal: AbortSignal;
  readonly touch: () => void;
  readonly stalled: () => boolean;
  /** Ends the request in any state. */
  readonly stop: () => void;
}

function watchIdle(ms: number, outer: AbortSignal): IdleWatch {
  const control = new AbortController();
  let stalled = false;
  const timer = setTimeout(() => {
    stalled = true;
    control.abort(new Error('stalled'));
  }, ms);
  return {
    signal: AbortSignal.any([outer, control.signal]),
    touch: () => void timer.refresh(),
    stalled: () => stalled,
    stop: () => {
      clearTimeout(timer);
      control.abort(new Error('over'));
    },
  };
}
