import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { removeFile } from '@podium/core';
import { makePartial, publish } from '../cache.ts';
import { SourceFailure } from '../failure.ts';
import { followIncludes } from '../headers.ts';
import { hostLabel, wheelTarget } from '../host.ts';
import type { FoundTensorflow, Job, Source } from '../job.ts';
import { describeFile, type KeptFile } from '../kept-files.ts';
import { libraryNames, recognizeLayout } from '../layout.ts';
import type { Manifest } from '../manifest.ts';
import { downloadWheel, findPip } from '../pip.ts';
import { wheelRequest } from '../request.ts';
import { openWheel, type Wheel } from '../wheel.ts';
import { assertLoadable, foundInCache } from './cache.ts';

const INCLUDE = 'tensorflow/include/';
const PROGRESS_BYTES = 32e6;
/** Files to keep of NVIDIA's wheels; XLA runs ptxas and nvlink, and reads libdevice. */
const CUDA_FILES =
  /^nvidia\/(.+\/lib\/[^/]+\.so[.\d]*|.+\/libdevice\/[^/]+\.bc|cuda_nvcc\/bin\/(ptxas|nvlink))$/;

/**
 * Downloads TensorFlow's wheel with pip, and NVIDIA's for a CUDA build, and caches the necessary files. They keep the
 * layout of the wheels, because TensorFlow's libraries find NVIDIA's by relative paths.
 */
export const fromWheel: Source = (job) => ({ source: 'wheel', offers: offers(job) });

async function* offers(job: Job): AsyncGenerator<FoundTensorflow> {
  const { cacheFolder, offline } = job.settings;
  const gpu = job.gpu ?? false;
  if (offline) throw new SourceFailure('PODIUM_OFFLINE forbids downloads', { outcome: 'skipped' });
  const target = wheelTarget(job.host, gpu);
  if ('unsupported' in target) throw new SourceFailure(target.unsupported, { outcome: 'skipped' });
  const request = wheelRequest(job.host, gpu) ?? target.project;
  assertLoadable(job, request);
  // Without a compiler the download would be useless.
  await job.compiler();
  const pip = await findPip(job);

  const folder = await makePartial(cacheFolder);
  const entry = join(folder, 'entry');
  const files: Record<string, KeptFile> = {};
  const madeOf: Record<string, string> = { pip: pip.version };
  const fetch = async (requirement: string, choose: (wheel: Wheel) => Promise<string[]>): Promise<string> => {
    const path = await downloadWheel(job, pip, requirement, { platforms: target.platforms, folder });
    const wheel = await openWheel(path);
    try {
      madeOf[wheel.name] = `sha256:${(await describeFile(path)).sha256}`;
      Object.assign(files, await unpack(job, wheel, await choose(wheel), entry));
      return await wheel.text(metadataPath(wheel));
    } finally {
      wheel.close();
      await removeFile(path);
    }
  };
  const metadata = await fetch(request, (wheel) => tensorflowFiles(job, wheel));
  for (const requirement of gpu ? cudaRequirements(metadata) : []) {
    await fetch(requirement, async (wheel) => [...wheel.files].filter((file) => CUDA_FILES.test(file)));
  }

  const tensorflowVersion = /^Version: ([\w.+!]+)$/m.exec(metadata)?.[1] ?? 'unknown';
  const host = hostLabel(job.host);
  const name = `${tensorflowVersion}-${gpu ? 'cuda' : 'cpu'}-${host}`;
  const manifest: Manifest = {
    format: 1,
    kind: 'tensorflow',
    source: 'wheel',
    host,
    tensorflowVersion,
    gpu,
    request,
    files,
    madeOf,
  };
  const { folder: finished } = await publish(entry, manifest, join(cacheFolder, name));
  const layout = await recognizeLayout(finished, job.host.os, job.headerRoots);
  if ('missing' in layout) throw new SourceFailure(layout.missing);
  const [wheelName] = Object.keys(madeOf).filter((item) => item.startsWith('tensorflow'));
  yield { ...foundInCache(job, name, layout, manifest), reason: `downloaded ${wheelName}` };
}

/** The libraries and headers that the addons need. */
async function tensorflowFiles({ host, headerRoots }: Job, wheel: Wheel): Promise<string[]> {
  const { apis, framework } = libraryNames(host.os);
  const libraries = [apis[0] ?? '', framework].map((name) => `tensorflow/${name}`);
  const { found, missing } = await followIncludes(headerRoots, async (header) =>
    wheel.files.has(INCLUDE + header) ? await wheel.text(INCLUDE + header) : undefined,
  );
  const lacking = [
    ...libraries.filter((file) => !wheel.files.has(file)),
    ...missing.map((header) => INCLUDE + header),
  ];
  if (lacking.length > 0) throw new SourceFailure(`the wheel ${wheel.name} lacks ${lacking.join(', ')}`);
  return [...libraries, ...found.map((header) => INCLUDE + header)];
}

async function unpack(
  job: Job,
  wheel: Wheel,
  files: readonly string[],
  folder: string,
): Promise<Record<string, KeptFile>> {
  const bytes = files.reduce((sum, file) => sum + wheel.size(file), 0);
  await assertSpace(job, bytes);
  job.emit({ type: 'unpacking', file: wheel.name, bytes, folder: job.settings.cacheFolder });
  const kept: Record<string, KeptFile> = {};
  let done = 0;
  let reported = 0;
  const report = (more: number): void => {
    job.signal?.throwIfAborted();
    done += more;
    if (done - reported < PROGRESS_BYTES) return;
    reported = done;
    job.emit({ type: 'progress', file: wheel.name, done, total: bytes });
  };
  for (const file of files) {
    const target = join(folder, file);
    const { sha256 } = await wheel.unpack(file, target, report);
    kept[file] = await describeFile(target, sha256);
  }
  job.emit({ type: 'verified', file: wheel.name, files: files.length });
  return kept;
}

/** @throws SourceFailure if the disk has not enough space */
async function assertSpace({ settings }: Job, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(settings.cacheFolder);
  if (bavail * bsize > bytes) return;
  const [needed, free] = [bytes, bavail * bsize].map((amount) => `${Math.ceil(amount / 1e6)} MB`);
  throw new SourceFailure(
    `the disk of ${settings.cacheFolder} is too full: ${needed} are needed, ${free} are free (set PODIUM_CACHE to another folder)`,
    { stop: true },
  );
}

function metadataPath(wheel: Wheel): string {
  return [...wheel.files].find((file) => /^[^/]+\.dist-info\/METADATA$/.test(file)) ?? 'METADATA';
}

/** NVIDIA's wheels with their versions, from the extra `and-cuda` in TensorFlow's METADATA. */
export function cudaRequirements(metadata: string): string[] {
  const requirements: string[] = [];
  for (const [, requirement] of metadata.matchAll(
    // A name and a version, never an address.
    /^Requires-Dist: ([A-Za-z][\w.-]*[<>=!~\d.,*()\s]*);.*\bextra\s*==\s*["']and-cuda["']/gm,
  )) {
    if (requirement !== undefined) requirements.push(requirement.replaceAll(/[()\s]/g, ''));
  }
  if (requirements.length === 0) {
    throw new SourceFailure("TensorFlow's wheel names no NVIDIA wheels in an extra called and-cuda");
  }
  return requirements;
}
