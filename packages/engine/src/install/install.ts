import { type Addon, podiumAddons } from './addons.ts';
import { removeAllPartials, removeOwnPartials } from './cache.ts';
import { compileAddons, findCompiledAddons, type Loadable } from './compiled-addons.ts';
import { briefly, SourceFailure, systemCode } from './failure.ts';
import { type FoundTensorflow, type Job, newJob, type Place } from './job.ts';
import { unwritable, withLock } from './lock.ts';
import { fromCache, fromCacheRepaired } from './sources/cache.ts';
import { fromFolder } from './sources/folder.ts';
import { fromPython, fromPythonSeen } from './sources/python.ts';
import { fromUpstream } from './sources/upstream.ts';
import { fromWheel } from './sources/wheel.ts';
import type { Attempt, InstallOptions, InstallResult, SourceName } from './types.ts';

/**
 * Finds a TensorFlow for this machine, or gets one. It looks, in order, at the folder that PODIUM_TENSORFLOW names (and
 * nowhere else where that is set), Podium's cache, an installed Python package, a wheel that pip downloads, and
 * tfjs-node-gpu's own installer; then it compiles what joins it to Node.js. What is ready takes milliseconds and writes
 * nothing. The rest happens under a lock, and a set-up that is cut short at any point leaves the cache as it was.
 *
 * @returns Without `library` where none can be had; the caller then goes on with WebAssembly.
 * @throws PodiumError `engine-folder` for a PODIUM_TENSORFLOW that holds none, `engine-setting` for a setting that
 * cannot be read, `engine-cache-unwritable` where something would have to be kept and cannot be; the abort reason of
 * `options.signal`.
 */
export function installTensorflow(options: InstallOptions = {}): Promise<InstallResult> {
  return installWith(podiumAddons(), options);
}

/**
 * Looks for a TensorFlow that is ready, in the folder that PODIUM_TENSORFLOW names and in the cache: nothing is
 * downloaded, compiled or written.
 *
 * @throws PodiumError `engine-folder` and `engine-setting`, as `installTensorflow` does.
 */
export async function findTensorflow(options: InstallOptions = {}): Promise<InstallResult> {
  return await look(await newJob(options, podiumAddons()));
}

/** `installTensorflow` for given addons. */
export async function installWith(addons: readonly Addon[], options: InstallOptions): Promise<InstallResult> {
  const job = await newJob(options, addons);
  const ready = await look(job);
  if (ready.library !== undefined) return ready;
  const { cacheFolder } = job.settings;
  return await withLock(
    cacheFolder,
    { signal: options.signal, onWait: () => job.emit({ type: 'waiting', folder: cacheFolder }) },
    async (signal) => {
      // Another process may have done it while this one waited.
      const done = await look(job);
      return done.library === undefined ? await build({ ...job, signal }) : done;
    },
  );
}

/** What is ready: nothing is made and nothing said on the way. */
async function look(job: Job): Promise<InstallResult> {
  const places =
    job.settings.tensorflowFolder === undefined ? [fromFolder, fromCache, fromPythonSeen] : [fromFolder];
  return await firstThatWorks({ ...job, emit: () => {} }, places, async (found) => {
    const library = await findCompiledAddons(job, found);
    if (library !== undefined) return library;
    throw new SourceFailure(`${found.reason} is not compiled yet`, { outcome: 'skipped' });
  });
}

/** Goes through all the places. The caller holds the lock. */
async function build(job: Job): Promise<InstallResult> {
  const { cacheFolder, tensorflowFolder } = job.settings;
  const places = [fromFolder, fromCacheRepaired, fromPython, fromWheel, fromUpstream];
  try {
    await removeAllPartials(cacheFolder);
    return await firstThatWorks(
      job,
      tensorflowFolder === undefined ? places : [fromFolder],
      async (found) => (await findCompiledAddons(job, found)) ?? (await compileAddons(job, found)),
    );
  } finally {
    // Only its own: where the lock was lost, another process is at work.
    await removeOwnPartials(cacheFolder);
  }
}

async function firstThatWorks(
  job: Job,
  places: readonly Place[],
  finish: (found: FoundTensorflow) => Promise<Loadable>,
): Promise<InstallResult> {
  const attempts: Attempt[] = [];
  const note = (attempt: Attempt): void => {
    attempts.push(attempt);
    job.emit({ type: 'attempt', attempt });
  };
  /** Notes a failure, and says whether it ends the search. */
  const fail = (source: SourceName, error: unknown): boolean => {
    job.signal?.throwIfAborted();
    const { message, outcome, stop, blamesCompiler } = asFailure(error, job.settings.cacheFolder);
    note({ source: blamesCompiler ? 'compiler' : source, outcome, reason: message });
    return stop;
  };
  for (const place of places) {
    const { source, offers } = place(job);
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

/** Sorts an error into why one place failed; what no place can help with is thrown on. */
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
