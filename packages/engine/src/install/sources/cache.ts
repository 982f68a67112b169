import { type CacheEntry, describeDamage, listEntries, moveAside, verifyEntry } from '../cache.ts';
import { SourceFailure } from '../failure.ts';
import { hostLabel } from '../host.ts';
import type { FoundTensorflow, Job, Source } from '../job.ts';
import { type Layout, recognizeLayout } from '../layout.ts';
import type { Manifest } from '../manifest.ts';
import { upstreamRequest, wheelRequest } from '../request.ts';
import type { Attempt } from '../types.ts';

/**
 * Podium's cache. Skips entries for other platforms and versions; an entry whose files differ from its manifest is
 * damaged.
 */
export const fromCache: Source = (job) => ({ source: 'cache', offers: offers(job, false) });

/** {@link fromCache} that hashes every file and renames damaged entries. The caller must hold the lock. */
export const fromCacheRepaired: Source = (job) => ({ source: 'cache', offers: offers(job, true) });

async function* offers(job: Job, repair: boolean): AsyncGenerator<FoundTensorflow | Attempt> {
  const { cacheFolder } = job.settings;
  const found: FoundTensorflow[] = [];
  const entries = await listEntries(cacheFolder);
  if (entries.length === 0)
    yield { source: 'cache', outcome: 'skipped', reason: `${cacheFolder} contains no TensorFlow` };
  for (const entry of entries) {
    const { manifest } = entry;
    const mismatch = manifest instanceof Error ? undefined : mismatchOf(job, entry.name, manifest);
    const result = mismatch === undefined ? await openEntry(job, entry, repair) : { mismatch };
    if ('mismatch' in result) {
      yield { source: 'cache', outcome: 'skipped', reason: result.mismatch };
    } else if ('layout' in result) {
      found.push(result);
    } else if (repair) {
      await moveAside(entry);
      job.emit({ type: 'damaged', entry: entry.folder, reason: result.damage });
      yield { source: 'cache', outcome: 'failed', reason: `${result.damage}; it was renamed` };
    } else {
      yield { source: 'cache', outcome: 'failed', reason: result.damage };
    }
  }
  yield* found.sort(byPreference);
}

function mismatchOf(job: Job, name: string, manifest: Manifest): string | undefined {
  const label = hostLabel(job.host);
  if (manifest.kind !== 'tensorflow') return `${name} contains no TensorFlow`;
  if (manifest.host !== label) return `${name} is for ${manifest.host}, but this machine is ${label}`;
  if (job.gpu !== undefined && manifest.gpu !== job.gpu) {
    return `${name} is a ${manifest.gpu ? 'CUDA' : 'CPU'} build, but a ${job.gpu ? 'CUDA' : 'CPU'} build was requested`;
  }
  const request =
    manifest.source === 'wheel' ? wheelRequest(job.host, manifest.gpu) : upstreamRequest(job.addons[0]);
  if (manifest.request !== request) {
    return `${name} is ${manifest.request}, but this version of Podium requests ${request ?? 'none'}`;
  }
  return undefined;
}

async function openEntry(
  job: Job,
  entry: CacheEntry,
  thorough: boolean,
): Promise<FoundTensorflow | { readonly damage: string }> {
  const { name, folder, manifest } = entry;
  if (manifest instanceof Error) return { damage: `${name}: ${manifest.message}` };
  const damage = await verifyEntry(entry, manifest, { thorough });
  if (damage !== undefined) return { damage: describeDamage(name, damage) };
  const layout = await recognizeLayout(folder, job.host.os, job.headerRoots);
  if ('missing' in layout) return { damage: `${name}: ${layout.missing}` };
  return foundInCache(job, name, layout, manifest);
}

/** A TensorFlow in the cache. */
export function foundInCache(job: Job, name: string, layout: Layout, manifest: Manifest): FoundTensorflow {
  return {
    layout,
    origin: manifest.source,
    request: manifest.request,
    gpu: manifest.gpu,
    entry: { name, manifest },
    reason: `TensorFlow ${manifest.tensorflowVersion} (${manifest.gpu ? 'CUDA' : 'CPU'} build) in ${name}`,
    discard: async () => {
      job.unloadable.add(manifest.request);
    },
  };
}

/**
 * Avoids downloading again what is cached and does not work on this machine.
 * @throws SourceFailure
 */
export function assertLoadable(job: Job, request: string | undefined): void {
  if (request === undefined || !job.unloadable.has(request)) return;
  throw new SourceFailure(`the cached ${request} is undamaged, but does not work on this machine`, {
    outcome: 'skipped',
  });
}

/** CUDA builds first, because somebody requested them; then wheels before tfjs-node-gpu's older TensorFlow. */
function byPreference(a: FoundTensorflow, b: FoundTensorflow): number {
  const rank = ({ gpu, origin }: FoundTensorflow): number => (gpu ? 2 : 0) + (origin === 'wheel' ? 1 : 0);
  return rank(b) - rank(a);
}
