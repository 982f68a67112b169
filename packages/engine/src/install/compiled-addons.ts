import { rename, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { hashValue, removeFile, shortHash } from '@podium/core';
import { inspectCpu } from '../doctor-cpu.ts';
import { type Addon, NODE_API_VERSION } from './addons.ts';
import { addonsFolder, type CacheEntry, makePartial, publish, readEntry, verifyEntry } from './cache.ts';
import { type Compiler, compileAddon } from './compile.ts';
import { SourceFailure } from './failure.ts';
import { hostLabel } from './host.ts';
import type { CacheTensorflow, FoundTensorflow, Job } from './job.ts';
import { describeFile, type KeptFile } from './kept-files.ts';
import type { Layout } from './layout.ts';
import type { Manifest } from './manifest.ts';
import { type Probe, probeAddons } from './probe.ts';
import type { NativeLibrary } from './types.ts';

/** Raise it when the compiler's options change. */
const RECIPE = 4;

/** A library without its source. */
export type Loadable = Omit<NativeLibrary, 'source'>;

/** The addons that this version of Podium compiled earlier for this TensorFlow, if any. */
export async function findCompiledAddons(job: Job, found: FoundTensorflow): Promise<Loadable | undefined> {
  const name = await addonsName(job, found);
  const folder = join(addonsFolder(job.settings.cacheFolder), name);
  const entry = await readEntry(folder, name);
  if (entry.manifest instanceof Error) return undefined;
  const damage = await verifyEntry(entry, entry.manifest, { thorough: false });
  return damage === undefined ? asLibrary(job, found, entry, entry.manifest) : undefined;
}

/**
 * Compiles the addons, loads them once as a test, and caches them. The caller must hold the lock.
 *
 * @throws SourceFailure if there is no compiler, it fails, or the result cannot be loaded
 */
export async function compileAddons(job: Job, found: FoundTensorflow): Promise<Loadable> {
  const compiler = await job.compiler();
  job.emit({ type: 'compiling', compiler: compiler.name, addons: job.addons.map(({ name }) => name) });
  const name = await addonsName(job, found);
  const parent = addonsFolder(job.settings.cacheFolder);
  const folder = await makePartial(parent);
  const compiled = await compileAll(job, found, compiler, folder);
  const { probe, working } = await probeAll(job, compiled, folder);
  const files: Record<string, KeptFile> = {};
  for (const addon of working) files[fileName(addon)] = await describeFile(join(folder, fileName(addon)));
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
      ...Object.fromEntries(working.map((addon) => [addon.name, addon.version])),
    },
  };
  return asLibrary(job, found, await publish(folder, manifest, join(parent, name)), manifest);
}

/** Compiles the addons in parallel; returns those that compiled, in order. */
async function compileAll(
  job: Job,
  found: FoundTensorflow,
  compiler: Compiler,
  folder: string,
): Promise<Addon[]> {
  const { env, signal } = job;
  const outcomes = await Promise.allSettled(
    job.addons.map(async (addon) => {
      const target = join(folder, fileName(addon));
      const options = {
        os: job.host.os,
        cpu: job.settings.cpu,
        runPath: runPath(job, found),
        folder,
        env,
        signal,
      };
      await compileAddon(compiler, addon, found.layout, { ...options, target: `${target}.new` });
      await rename(`${target}.new`, target);
    }),
  );
  return job.addons.filter((addon, i) => {
    const outcome = outcomes[i];
    if (outcome?.status !== 'rejected') return true;
    const error: unknown = outcome.reason;
    if (addon.optional !== true || !(error instanceof SourceFailure) || error.stop) throw error;
    reportMissing(job, error.message);
    return false;
  });
}

/** Loads the compiled addons; if that fails, only the required ones. */
async function probeAll(
  job: Job,
  addons: readonly Addon[],
  folder: string,
): Promise<{ readonly probe: Probe; readonly working: readonly Addon[] }> {
  const { env, signal } = job;
  const load = async (some: readonly Addon[]): Promise<Probe> => {
    const paths = some.map((addon) => join(folder, fileName(addon)));
    return await probeAddons(paths, { env, folder, signal });
  };
  const required = addons.filter((addon) => addon.optional !== true);
  try {
    return { probe: await load(addons), working: addons };
  } catch (error) {
    if (!(error instanceof SourceFailure) || required.length === addons.length) throw error;
    const probe = await load(required);
    const names = addons.filter((addon) => addon.optional === true).map((addon) => addon.name);
    reportMissing(job, `${names.join(', ')}: ${error.message}`);
    await Promise.all(names.map((name) => removeFile(join(folder, `${name}.node`))));
    return { probe, working: required };
  }
}

function reportMissing(job: Job, message: string): void {
  const reason = `${message}; Podium works without it, but more slowly`;
  job.emit({ type: 'attempt', attempt: { source: 'compiler', outcome: 'failed', reason } });
}

function fileName(addon: Addon): string {
  return `${addon.name}.node`;
}

/** Name of the compiled addons for a TensorFlow; it depends on everything that they depend on. */
async function addonsName(job: Job, { entry, layout }: FoundTensorflow): Promise<string> {
  const libraries = entry === undefined ? await outsideIdentity(layout) : entryIdentity(job, entry, layout);
  const tuned = job.addons.some((addon) => addon.tuned === true);
  const cpu = tuned ? [job.settings.cpu, (await inspectCpu()).fingerprint] : '';
  const identity = [RECIPE, job.sourcesSha256, NODE_API_VERSION, hostLabel(job.host), cpu, libraries];
  return `${entry?.name ?? `outside-${hostLabel(job.host)}`}-${shortHash(hashValue(identity))}`;
}

/** In the cache, hashes of the libraries are known, and the cache may be moved. */
function entryIdentity(
  job: Job,
  { name, manifest }: CacheTensorflow,
  { libraryFolder, libraries }: Layout,
): unknown {
  const folder = relative(join(job.settings.cacheFolder, name), libraryFolder);
  return [name, folder, libraries.map((library) => [library, manifest.files[join(folder, library)]?.sha256])];
}

/** Elsewhere, by path, size and time: hashing a gigabyte at every start would take too long. */
async function outsideIdentity({ libraryFolder, libraries }: Layout): Promise<unknown> {
  const identities = libraries.map(async (library) => {
    const { size, mtimeMs } = await stat(join(libraryFolder, library));
    return [library, size, Math.floor(mtimeMs)];
  });
  return [libraryFolder, await Promise.all(identities)];
}

/** Where an addon in the cache looks for the libraries: relative to itself if they are in the cache, too. */
function runPath(job: Job, { entry, layout }: FoundTensorflow): string {
  if (entry === undefined) return layout.libraryFolder;
  const origin = job.host.os === 'darwin' ? '@loader_path' : '$ORIGIN';
  return `${origin}/../../${relative(job.settings.cacheFolder, layout.libraryFolder)}`;
}

function asLibrary(job: Job, found: FoundTensorflow, entry: CacheEntry, manifest: Manifest): Loadable {
  const addons = Object.keys(manifest.files).map((file) => [
    file.replace(/\.node$/, ''),
    join(entry.folder, file),
  ]);
  const paths = Object.fromEntries(addons) as Record<string, string>;
  return {
    bindingPath: paths[job.addons[0]?.name ?? ''] ?? '',
    addons: paths,
    libraryFolder: found.layout.libraryFolder,
    tensorflowVersion: manifest.tensorflowVersion,
    gpu: manifest.gpu,
  };
}
