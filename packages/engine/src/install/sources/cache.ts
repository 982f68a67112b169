import { type CacheEntry, describeDamage, listEntries, moveAside, verifyEntry } from '../cache.ts';
import { SourceFailure } from '../failure.ts';
import { hostLabel } from '../host.ts';
import type { FoundTensorflow, Job, Place } from '../job.ts';
import { type Layout, recognizeLayout } from '../layout.ts';
import type { Manifest } from '../manifest.ts';
import { upstreamRequest, wheelRequest } from '../request.ts';
import type { Attempt } from '../types.ts';

/**
 * Podium's cache. An entry for another kind of machine or another version is left alone; one whose files differ from
 * its manifest is damaged.
 */
export const fromCache: Place = (job) => ({ source: 'cache', offers: offers(job, false) });

/** The same, but every file is hashed and a damaged entry is moved aside: only the holder of the lock may ask for that. */
export const fromCacheRepaired: Place = (job) => ({ source: 'cache', offers: offers(job, true) });

async function* offers(job: Job, repair: boolean): AsyncGenerator<FoundTensorflow | Attempt> {
  const { cacheFolder } = job.settings;
  const found: FoundTensorflow[] = [];
  const entries = await listEntries(cacheFolder);
  if (entries.length === 0)
    yield { source: 'cache', outcome: 'skipped', reason: `${cacheFolder} holds no TensorFlow` };
  for (const entry of entries) {
    const { manifest } = entry;
    const unfit = manifest instanceof Error ? undefined : whyUnfit(job, entry.name, manifest);
    const result = unfit === undefined ? await openEntry(job, entry, repair) : { unfit };
    if ('unfit' in result) {
      yield { source: 'cache', outcome: 'skipped', reason: result.unfit };
    } else if ('layout' in result) {
      found.push(result);
    } else if (repair) {
      await moveAside(entry);
      job.emit({ type: 'damaged', entry: entry.folder, reason: result.damage });
      yield { source: 'cache', outcome: 'failed', reason: `${result.damage}; it was moved aside` };
    } else {
      yield { source: 'cache', outcome: 'failed', reason: result.damage };
    }
  }
  yield* found.sort(byPreference);
}

function whyUnfit(job: Job, name: string, manifest: Manifest): string | undefined {
  const label = hostLabel(job.host);
  if (manifest.kind !== 'tensorflow') return `${name} holds no TensorFlow`;
  if (manifest.host !== label) return `${name} was made for ${manifest.host}, this machine is ${label}`;
  if (job.gpu !== undefined && manifest.gpu !== job.gpu) {
    return `${name} is a ${manifest.gpu ? 'CUDA' : 'CPU'} build, a ${job.gpu ? 'CUDA' : 'CPU'} build was asked for`;
  }
  const wanted =
    manifest.source === 'wheel' ? wheelRequest(job.host, manifest.gpu) : upstreamRequest(job.addons[0]);
  if (manifest.request !== wanted) {
    return `${name} answered to ${manifest.request}, this version of Podium asks for ${wanted ?? 'none'}`;
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

/** A cache entry as the search sees it. */
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

/** Spares a download of what the cache holds already and what does not work on this machine. */
export function refuseUnloadable(job: Job, request: string | undefined): void {
  if (request === undefined || !job.unloadable.has(request)) return;
  throw new SourceFailure(`the cache holds ${request} in good order, and it does not work here`, {
    outcome: 'skipped',
  });
}

/** CUDA builds first, since someone asked for them; then wheels before the older TensorFlow of tfjs-node-gpu. */
function byPreference(a: FoundTensorflow, b: FoundTensorflow): number {
  const rank = ({ gpu, origin }: FoundTensorflow): number => (gpu ? 2 : 0) + (origin === 'wheel' ? 1 : 0);
  return rank(b) - rank(a);
}
