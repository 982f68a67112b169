import { rename, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { hashValue, shortHash } from '@podium/core';
import { inspectCpu } from '../doctor-cpu.ts';
import { NODE_API_VERSION } from './addons.ts';
import { addonsFolder, type CacheEntry, makePartial, publish, readEntry, verifyEntry } from './cache.ts';
import { compileAddon } from './compile.ts';
import { SourceFailure } from './failure.ts';
import { hostLabel } from './host.ts';
import type { CacheTensorflow, FoundTensorflow, Job } from './job.ts';
import { describeFile, type KeptFiles } from './kept-files.ts';
import type { Layout } from './layout.ts';
import type { Manifest } from './manifest.ts';
import { probeAddons } from './probe.ts';
import type { NativeLibrary } from './types.ts';

/** To be raised where the compiler's flags change. */
const RECIPE = 2;

/** A library, less the place that it came from. */
export type Loadable = Omit<NativeLibrary, 'source'>;

/** The addons compiled earlier for this TensorFlow by this version of Podium, or undefined. */
export async function findCompiledAddons(job: Job, found: FoundTensorflow): Promise<Loadable | undefined> {
  const name = await addonsName(job, found);
  const folder = join(addonsFolder(job.settings.cacheFolder), name);
  const entry = await readEntry(folder, name);
  if (entry.manifest instanceof Error) return undefined;
  const damage = await verifyEntry(entry, entry.manifest, { thorough: false });
  return damage === undefined ? asLibrary(found, entry, entry.manifest) : undefined;
}

/**
 * Compiles the addons, loads them once to see that they work, and keeps them. Only the holder of the lock may call it.
 *
 * @throws SourceFailure where there is no compiler, it fails, or the result cannot be loaded.
 */
export async function compileAddons(job: Job, found: FoundTensorflow): Promise<Loadable> {
  const compiler = await job.compiler();
  job.emit({ type: 'compiling', compiler: compiler.name, addons: job.addons.map(({ name }) => name) });
  const name = await addonsName(job, found);
  const parent = addonsFolder(job.settings.cacheFolder);
  const folder = await makePartial(parent);
  const files: Record<string, KeptFiles[string]> = {};
  for (const addon of job.addons) {
    const file = `${addon.name}.node`;
    const target = join(folder, file);
    try {
      await compileAddon(compiler, addon, found.layout, {
        os: job.host.os,
        runPath: runPath(job, found),
        target: `${target}.new`,
        folder,
        env: job.env,
        signal: job.signal,
      });
    } catch (error) {
      if (addon.optional !== true || !(error instanceof SourceFailure) || error.stop) throw error;
      const reason = `${error.message}; going on without it, more slowly`;
      job.emit({ type: 'attempt', attempt: { source: 'compiler', outcome: 'failed', reason } });
      continue;
    }
    await rename(`${target}.new`, target);
    files[file] = await describeFile(target);
  }
  const { env, signal } = job;
  const probe = await probeAddons(
    Object.keys(files).map((file) => join(folder, file)),
    { env, folder, signal },
  );
  const manifest: Manifest = {
    format: 1,
    kind: 'addons',
    host: hostLabel(job.host),
    tensorflowVersion: probe.tensorflowVersion,
    gpu: found.gpu || probe.usesGpu,
    source: found.origin,
    request: found.request,
    files,
    ...(found.entry === undefined ? { libraryFolder: found.layout.libraryFolder } : {}),
    madeOf: {
      'Node-API': String(NODE_API_VERSION),
      compiler: compiler.name,
      ...Object.fromEntries(job.addons.map((addon) => [addon.name, addon.version])),
    },
  };
  return asLibrary(found, await publish(folder, manifest, join(parent, name)), manifest);
}

/** The name of a TensorFlow's compiled addons: it changes with everything that they depend on. */
async function addonsName(job: Job, { entry, layout }: FoundTensorflow): Promise<string> {
  const prints = entry === undefined ? await outsidePrints(layout) : entryPrints(job, entry, layout);
  const cpu = job.addons.some((addon) => addon.tuned === true) ? (await inspectCpu()).fingerprint : '';
  const identity = [RECIPE, job.sourcesSha256, NODE_API_VERSION, hostLabel(job.host), cpu, prints];
  return `${entry?.name ?? `outside-${hostLabel(job.host)}`}-${shortHash(hashValue(identity))}`;
}

/** In the cache the libraries' hashes are known, and the cache may be moved. */
function entryPrints(
  job: Job,
  { name, manifest }: CacheTensorflow,
  { libraryFolder, libraries }: Layout,
): unknown {
  const folder = relative(join(job.settings.cacheFolder, name), libraryFolder);
  return [name, folder, libraries.map((library) => [library, manifest.files[join(folder, library)]?.sha256])];
}

/** Elsewhere place, size and time have to do: hashing a gigabyte at every start would take too long. */
async function outsidePrints({ libraryFolder, libraries }: Layout): Promise<unknown> {
  const prints = libraries.map(async (library) => {
    const { size, mtimeMs } = await stat(join(libraryFolder, library));
    return [library, size, Math.floor(mtimeMs)];
  });
  return [libraryFolder, await Promise.all(prints)];
}

/** Where an addon in the cache looks for the libraries: relative to itself where they are in the cache too. */
function runPath(job: Job, { entry, layout }: FoundTensorflow): string {
  if (entry === undefined) return layout.libraryFolder;
  const origin = job.host.os === 'darwin' ? '@loader_path' : '$ORIGIN';
  return `${origin}/../../${relative(job.settings.cacheFolder, layout.libraryFolder)}`;
}

function asLibrary(found: FoundTensorflow, entry: CacheEntry, manifest: Manifest): Loadable {
  const addons = Object.keys(manifest.files).map((file) => [
    file.replace(/\.node$/, ''),
    join(entry.folder, file),
  ]);
  const paths = Object.fromEntries(addons) as Record<string, string>;
  return {
    bindingPath: Object.values(paths)[0] ?? '',
    addons: paths,
    libraryFolder: found.layout.libraryFolder,
    tensorflowVersion: manifest.tensorflowVersion,
    gpu: manifest.gpu,
  };
}
