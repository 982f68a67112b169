import { type Addon, podiumAddons } from './addons.ts';
import { removeAllPartials, removeOwnPartials } from './cache.ts';
import { compileAddons, findCompiledAddons, type Loadable } from './compiled-addons.ts';
import { briefly, SourceFailure, systemCode } from './failure.ts';
import { type FoundTensorflow, type Job, newJob, type Source } from './job.ts';
import { unwritable, withLock } from './lock.ts';
import { fromCache, fromCacheRepaired } from './sources/cache.ts';
import { fromFolder } from './sources/folder.ts';
import { fromKnownPython, fromPython } from './sources/python.ts';
import { fromUpstream } from './sources/upstream.ts';
import { fromWheel } from './sources/wheel.ts';
import type { Attempt, InstallOptions, InstallResult, SourceName } from './types.ts';

/**
 * Finds or installs a TensorFlow for this machine. It tries, in order, the folder that PODIUM_TENSORFLOW names (and
 * only that one if it is set), Podium's cache, an installed Python package, a wheel downloaded by pip, and an
 * old release of libtensorflow; then it compiles the addons that connect it to Node.js. An installed TensorFlow is found
 * in milliseconds, without writing anything. Installation runs under a lock, and leaves the cache unchanged if it is
 * interrupted at any point.
 *
 * @returns without `library` if every source failed; the caller then uses WebAssembly
 * @throws PodiumError `engine-folder` if the folder PODIUM_TENSORFLOW contains no TensorFlow, `engine-setting` for an
 * invalid setting,
 * `engine-cache-unwritable` if the cache is needed and not writable; the abort reason of `options.signal`
 */
export function installTensorflow(options: InstallOptions = {}): Promise<InstallResult> {
  return installWith(podiumAddons(), options);
}

/**
 * Finds an installed TensorFlow, in the folder that PODIUM_TENSORFLOW names and in the cache. Downloads, compiles and
 * writes nothing.
 *
 * @throws PodiumError `engine-folder` and `engine-setting`, as {@link installTensorflow}
 */
export async function findTensorflow(options: InstallOptions = {}): Promise<InstallResult> {
  return await findReady(await newJob(options, podiumAddons()));
}

/** `installTensorflow` for given addons. */
export async function installWith(addons: readonly Addon[], options: InstallOptions): Promise<InstallResult> {
  const job = await newJob(options, addons);
  const ready = await findReady(job);
  if (ready.library !== undefined) return ready;
  const { cacheFolder } = job.settings;
  return await withLock(
    cacheFolder,
    { signal: options.signal, onWait: () => job.emit({ type: 'waiting', folder: cacheFolder }) },
    async (signal) => {
      // Another process may have installed it while this one waited.
      const done = await findReady(job);
      return done.library === undefined ? await build({ ...job, signal }) : done;
    },
  );
}

/** Looks for an installed TensorFlow, without events and without side effects. */
async function findReady(job: Job): Promise<InstallResult> {
  const sources =
    job.settings.tensorflowFolder === undefined ? [fromFolder, fromCache, fromKnownPython] : [fromFolder];
  return await firstThatWorks({ ...job, emit: () => {} }, sources, async (found) => {
    const library = await findCompiledAddons(job, found);
    if (library !== undefined) return library;
    throw new SourceFailure(`${found.reason} is not compiled yet`, { outcome: 'skipped' });
  });
}

/** Tries all sources. The caller holds the lock. */
async function build(job: Job): Promise<InstallResult> {
  const { cacheFolder, tensorflowFolder } = job.settings;
  const sources = [fromFolder, fromCacheRepaired, fromPython, fromWheel, fromUpstream];
  try {
    await removeAllPartials(cacheFolder);
    return await firstThatWorks(
      job,
      tensorflowFolder === undefined ? sources : [fromFolder],
      async (found) => (await findCompiledAddons(job, found)) ?? (await compileAddons(job, found)),
    );
  } finally {
    // Only its own: if the lock was lost, another process is working.
    await removeOwnPartials(cacheFolder);
  }
}

async function firstThatWorks(
  job: Job,
  sources: readonly Source[],
  finish: (found: FoundTensorflow) => Promise<Loadable>,
): Promise<InstallResult> {
  const attempts: Attempt[] = [];
  const note = (attempt: Attempt): void => {
    attempts.push(attempt);
    job.emit({ type: 'attempt', attempt });
  };
  /** Reports a failure; returns whether it ends the search. */
  const fail = (source: SourceName, error: unknown): boolean => {
    job.signal?.throwIfAborted();
    const { message, outcome, stop, blamesCompiler } = asFailure(error, job.settings.cacheFolder);
    note({ source: blamesCompiler ? 'compiler' : source, outcome, reason: message });
    return stop;
  };
  for (const open of sources) {
    const { source, offers } = open(job);
    try {
      for await (const offer of offers) {
        if ('outcome' in offer) {
          note(offer);
          continue;
        }
        try {
          const library = { ...(await finish(offer)), source };
          note({ source, outcome: 'used', reason: offer.reason });
          return { library, attempts };
        } catch (error) {
          if (fail(source, error)) return { attempts };
          await offer.discard?.();
        }
      }
    } catch (error) {
      if (fail(source, error)) return { attempts };
    }
  }
  return { attempts };
}

/** Converts an error to the failure of a source; rethrows errors that no other source can avoid. */
function asFailure(error: unknown, cacheFolder: string): SourceFailure {
  if (error instanceof SourceFailure) return error;
  const code = systemCode(error);
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new SourceFailure(
      `the disk of ${cacheFolder} is full: free some space, or set PODIUM_CACHE to another folder`,
      {
        stop: true,
        cause: error,
      },
    );
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') throw unwritable(cacheFolder, error);
  if (code === undefined) throw error;
  return new SourceFailure(briefly(error), { cause: error });
}
