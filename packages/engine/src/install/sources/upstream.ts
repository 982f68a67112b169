import { createWriteStream } from 'node:fs';
import { copyFile, mkdir, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { readText, removeTree } from '@podium/core';
import { makePartial, publish } from '../cache.ts';
import { briefly, SourceFailure, systemCode } from '../failure.ts';
import { followIncludes } from '../headers.ts';
import { hostLabel } from '../host.ts';
import type { FoundTensorflow, Job, Source } from '../job.ts';
import { describeFile, type KeptFile } from '../kept-files.ts';
import { type Layout, recognizeLayout } from '../layout.ts';
import { libtensorflowAddress } from '../libtensorflow.ts';
import type { Manifest } from '../manifest.ts';
import { runProgram } from '../program.ts';
import { upstreamRequest } from '../request.ts';
import { assertLoadable, foundInCache } from './cache.ts';

const LIMIT_MS = 15 * 60_000;

/**
 * The last resort: the old release of libtensorflow (2.9, or 2.7 on ARM) that tfjs-node is built for, from its vendor's
 * server. The package's own installer would do the same with old packages that have known faults. The vendor publishes no
 * checksum, so the only check is that the libraries and headers compile and load.
 */
export const fromUpstream: Source = (job) => ({ source: 'upstream', offers: offers(job) });

async function* offers(job: Job): AsyncGenerator<FoundTensorflow> {
  if (job.settings.offline)
    throw new SourceFailure('PODIUM_OFFLINE forbids downloads', { outcome: 'skipped' });
  const request = upstreamRequest(job.addons[0]);
  assertLoadable(job, request);
  await job.compiler();
  const folder = await makePartial(job.settings.cacheFolder);
  const gpu = job.gpu ?? false;
  const layout = await download(job, folder, gpu);

  const entry = join(folder, 'entry');
  const files: Record<string, KeptFile> = {};
  const keep = async (source: string, file: string): Promise<void> => {
    const target = join(entry, file);
    await mkdir(dirname(target), { recursive: true });
    await copyFile(source, target);
    files[file] = await describeFile(target);
  };
  for (const library of layout.libraries) await keep(join(layout.libraryFolder, library), `lib/${library}`);
  const readHeader = (header: string): Promise<string | undefined> =>
    readText(join(layout.includeFolder, header)).catch(() => undefined);
  for (const header of (await followIncludes(job.headerRoots, readHeader)).found) {
    await keep(join(layout.includeFolder, header), `include/${header}`);
  }

  const real = await realpath(join(layout.libraryFolder, layout.libraries[0]));
  const tensorflowVersion = /(\d+\.\d+\.\d+)/.exec(real.slice(dirname(real).length))?.[1] ?? 'unknown';
  const host = hostLabel(job.host);
  const name = `${tensorflowVersion}-upstream-${gpu ? 'cuda' : 'cpu'}-${host}`;
  const manifest: Manifest = {
    format: 1,
    kind: 'tensorflow',
    source: 'upstream',
    host,
    tensorflowVersion,
    gpu,
    request,
    files,
    madeOf: { installer: request },
  };
  const { folder: finished } = await publish(entry, manifest, join(job.settings.cacheFolder, name));
  const kept = await recognizeLayout(finished, job.host.os, job.headerRoots);
  if ('missing' in kept) throw new SourceFailure(kept.missing);
  yield {
    ...foundInCache(job, name, kept, manifest),
    reason: `downloaded libtensorflow ${tensorflowVersion}, without a checksum`,
    // Without a checksum, a download that does not load may be incomplete.
    discard: async () => {
      await removeTree(finished);
    },
  };
}

/** Downloads and unpacks a release. */
async function download(job: Job, folder: string, gpu: boolean): Promise<Layout> {
  const { env, signal, settings, host } = job;
  const address = libtensorflowAddress(host, gpu, env);
  if (address === undefined) {
    const build = gpu ? 'CUDA build' : 'build';
    throw new SourceFailure(`libtensorflow has no ${build} for ${hostLabel(host)}`, { outcome: 'skipped' });
  }
  const file = address.slice(address.lastIndexOf('/') + 1);
  const archive = join(folder, 'libtensorflow.tar.gz');
  const unpacked = join(folder, 'unpacked');
  await mkdir(unpacked);
  try {
    const response = await fetch(address, { signal: withLimit(signal) });
    if (!response.ok || response.body === null) throw new Error(`${response.status} ${response.statusText}`);
    const total = Number(response.headers.get('content-length')) || undefined;
    job.emit({
      type: 'download',
      file,
      folder: settings.cacheFolder,
      ...(total !== undefined && { bytes: total }),
    });
    let done = 0;
    const counted = async function* (chunks: AsyncIterable<Uint8Array>) {
      for await (const chunk of chunks) {
        done += chunk.length;
        job.emit({ type: 'progress', file, done, ...(total !== undefined && { total }) });
        yield chunk;
      }
    };
    await pipeline(Readable.fromWeb(response.body as ReadableStream), counted, createWriteStream(archive));
  } catch (error) {
    throw failure(job, file, error);
  }
  const { stderr, status } = await runProgram(['tar', '-xzf', archive, '-C', unpacked], {
    env,
    folder,
    signal,
    timeLimitMs: LIMIT_MS,
  }).catch((error: unknown) => {
    throw failure(job, file, error);
  });
  const isFull = /ENOSPC|no space left/i.test(stderr);
  if (status !== 0)
    throw new SourceFailure(`${file}: ${briefly(stderr.trim() || 'it could not be unpacked')}`, {
      stop: isFull,
    });
  const layout = await recognizeLayout(unpacked, host.os, job.headerRoots);
  if ('missing' in layout) throw new SourceFailure(`${file}: ${layout.missing}`);
  return layout;
}

function withLimit(signal: AbortSignal | undefined): AbortSignal {
  const limit = AbortSignal.timeout(LIMIT_MS);
  return signal === undefined ? limit : AbortSignal.any([signal, limit]);
}

/** fetch says only that it failed, and its cause says why. */
function failure({ signal }: Job, file: string, error: unknown): SourceFailure {
  signal?.throwIfAborted();
  const { cause } = error as Error;
  const reason = [cause ?? error].map((each) => systemCode(each) ?? briefly(each))[0];
  return new SourceFailure(`${file}: ${reason}`, { cause: error, stop: systemCode(error) === 'ENOSPC' });
}
