import { realpath } from 'node:fs/promises';
import { basename, dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import { fileError, hashFile, PodiumError } from '@podium/core';
import {
  describeSource,
  fetchWeights,
  isRemoteSource,
  parseWeightsSource,
  type WeightsSource,
} from '@podium/model-zoo';
import {
  type FileHashes,
  identifyAll,
  type RecordedSource,
  type RunRecord,
  type Source,
  type SourceIdentity,
} from '@podium/pipeline';
import type { OnCompetitionEvent } from '../events.ts';
import { assertTrusted, type Trust } from '../trust/assert-trusted.ts';

/** Types of sources that are code, and run. */
const CODE = ['code', 'stage-code'];

/** Names of the sources that are code. */
export function codeSources({ sources }: Pick<RunRecord, 'sources'>): string[] {
  return Object.keys(sources).filter((name) => CODE.includes(sources[name]!.type));
}

/** Weights that a record names by an address, and that are not on this machine. */
export interface MissingWeights {
  /** Name of the source. */
  readonly name: string;
  /** What would be asked: `hf:timm/resnet18.a1_in1k`. */
  readonly from: string;
  readonly sha256: string;
}

/** What is needed to open what a record names. */
export interface OpenOptions {
  /** Whether its code may run, and files outside of its project be read. Default: only what was trusted before. */
  readonly trust?: Trust | undefined;
  /** Whether missing weights may be downloaded. Default: no, so that a record alone causes no request. */
  readonly fetch?: boolean | ((missing: readonly MissingWeights[]) => Promise<boolean>) | undefined;
  /** Hears of sources whose bytes are not the recorded ones. Default: that is an error. */
  readonly onChanged?: (changes: readonly SourceChange[]) => Promise<void> | void;
  readonly hashes: FileHashes;
  readonly signal: AbortSignal;
  readonly emit: OnCompetitionEvent;
}

/** A source whose bytes are not the recorded ones. */
export interface SourceChange {
  readonly name: string;
  readonly before: string;
  readonly now: string;
  /** What is in it now, for a folder. */
  readonly files?: SourceIdentity['files'];
}

interface Recorded {
  /** The record, for messages. */
  readonly file: string;
  /** Folder of the record. */
  readonly base: string;
  readonly stages: Pick<RunRecord, 'sources' | 'instances'>;
}

/**
 * Opens what a run was made from, without believing its record: where a source lies and which bytes it has is checked before
 * anything of it is used. Code, and files outside of the project, need trust; nothing is downloaded unasked.
 * @param names of the sources. Default: all
 * @throws PodiumError `record-path`, `untrusted`, `record-offline`, `rebuild-inputs`, file errors
 */
export async function openSources(
  record: Recorded,
  options: OpenOptions,
  names: readonly string[] = Object.keys(record.stages.sources),
): Promise<Record<string, Source>> {
  const project = projectOf(record.base);
  const located: Located[] = [];
  for (const name of names) located.push(await locate(record, name, project.root));
  const local = located.filter((item) => item.path !== undefined) as (Located & { path: string })[];
  const [inside, outside] = [false, true].map((far) =>
    local.filter(({ isOutside }) => isOutside === far),
  ) as [typeof local, typeof local];
  await settle(await changedOf(inside, options), options);
  await assertTrusted(
    {
      folder: project.root,
      isOfFolder: project.isUsual,
      modules: local.filter(({ recorded }) => CODE.includes(recorded.type)).map(({ path }) => path),
      outside: outside.map(
        ({ name, path, allowOutsideLinks }) =>
          `reads ${name}: ${path}${allowOutsideLinks ? ', and where links in it lead' : ''}, outside of the project`,
      ),
    },
    options.trust,
  );
  await settle(await changedOf(outside, options), options);
  const fetched = await fetchMissing(record, located, options);
  return Object.fromEntries(
    located.map((item): [string, Source] => [
      item.name,
      sourceOf({ ...item, path: item.path ?? fetched.get(item.name)! }),
    ]),
  );
}

/**
 * Where the competition folder of a record is, to read a table in it.
 * @throws PodiumError `record-path`, `untrusted`
 */
export async function openDataFolder(
  record: Recorded,
  trust: Trust | undefined,
): Promise<string | undefined> {
  if (!Object.hasOwn(record.stages.sources, 'data')) return undefined;
  const { root, isUsual } = projectOf(record.base);
  const { path, isOutside } = await locate(record, 'data', root);
  if (isOutside)
    await assertTrusted(
      { folder: root, isOfFolder: isUsual, outside: [`reads data: ${path}, outside of the project`] },
      trust,
    );
  return path;
}

/**
 * The project of a record is the folder with its folder of submissions: `PROJECT/submissions/COMPETITION/RUN.run.json`. With
 * another layout, it is the folder of submissions itself, and trust in a folder says nothing about it: a record somewhere below
 * a project may be somebody else's.
 */
function projectOf(base: string): { readonly root: string; readonly isUsual: boolean } {
  const submissions = dirname(base);
  const isUsual = basename(submissions) === 'submissions';
  return { root: isUsual ? dirname(submissions) : submissions, isUsual };
}

interface Located {
  readonly name: string;
  readonly recorded: RecordedSource;
  /** Absolute; undefined for weights that a record names by an address. */
  readonly path: string | undefined;
  readonly remote?: WeightsSource;
  readonly isOutside: boolean;
  /** Of a folder: the run followed links out of it. */
  readonly allowOutsideLinks?: boolean;
}

async function locate({ file, base, stages }: Recorded, name: string, root: string): Promise<Located> {
  const recorded = stages.sources[name]!;
  const remote = isRemoteSource(recorded.path) ? remoteOf(file, name, recorded) : undefined;
  if (remote !== undefined && remote.kind !== 'file')
    return { name, recorded, path: undefined, remote, isOutside: false };
  const path = resolve(base, remote?.path ?? recorded.path);
  if (path.includes('\0')) throw badPath(file, name, recorded, 'a path');
  const real = await realpath(path).catch((error: unknown) => {
    throw fileError(error, path, 'read');
  });
  const allowOutsideLinks = followsLinks(stages.instances, name);
  const isOutside = allowOutsideLinks || !isInside(await realpath(root), real);
  return { name, recorded, path, isOutside, allowOutsideLinks };
}

function sourceOf({
  recorded: { kind, type },
  path,
  allowOutsideLinks = false,
}: Located & { path: string }): Source {
  return { kind, type, path, allowOutsideLinks };
}

/** Whether the run was allowed to follow links out of a folder: what it read is outside then, wherever the folder is. */
function followsLinks(instances: RunRecord['instances'], source: string): boolean {
  return instances.some(({ inputs, settings }) => {
    if (!Object.values(inputs).some((all) => all.some((one) => 'source' in one && one.source === source)))
      return false;
    const { allowOutsideLinks, sources } = (settings ?? {}) as {
      allowOutsideLinks?: unknown;
      sources?: unknown;
    };
    const own = Array.isArray(sources)
      ? sources.find((item) => `external[${item?.name}]` === source)
      : undefined;
    return allowOutsideLinks === true || own?.allowOutsideLinks === true;
  });
}

/** Only weights have addresses: code, for example, is never downloaded. */
function remoteOf(file: string, name: string, recorded: RecordedSource): WeightsSource {
  if (recorded.type !== 'weights' || recorded.kind !== 'file')
    throw badPath(
      file,
      name,
      recorded,
      `a ${recorded.kind} beside the record; only weights may have an address`,
    );
  return parseWeightsSource(recorded.path);
}

function badPath(file: string, name: string, { path }: RecordedSource, expected: string): PodiumError {
  return new PodiumError({
    code: 'record-path',
    path: { file, key: `stages.sources.${name}.path` },
    expected,
    got: JSON.stringify(path),
    fix: 'use the record as the run wrote it',
  });
}

function isInside(root: string, path: string): boolean {
  const way = relative(root, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

async function changedOf(
  located: readonly (Located & { readonly path: string })[],
  { hashes }: OpenOptions,
): Promise<SourceChange[]> {
  const sources = located.map((item): [string, Source] => [item.name, sourceOf(item)]);
  const now = await identifyAll(Object.fromEntries(sources), hashes);
  return located.flatMap(({ name, recorded: { sha256 } }) => {
    const { sha256: found, files } = now[name]!;
    return found === sha256 ? [] : [{ name, before: sha256, now: found, files }];
  });
}

async function settle(changes: readonly SourceChange[], { onChanged }: OpenOptions): Promise<void> {
  if (changes.length === 0) return;
  if (onChanged !== undefined) return await onChanged(changes);
  throw inputsChanged(changes.map(describeChange));
}

export function describeChange({ name, before, now }: SourceChange): string {
  return `source ${name}: content changed (${before.slice(0, 12)} -> ${now.slice(0, 12)})`;
}

export function inputsChanged(changes: readonly string[], fix = 'restore it, or run again'): PodiumError {
  const more = changes.length > 5 ? `; ${changes.length - 5} more` : '';
  return new PodiumError({
    code: 'rebuild-inputs',
    message: `what this run was made from has changed: ${changes.slice(0, 5).join('; ')}${more}`,
    fix,
  });
}

/** Weights by address: from the cache, or by a download that somebody allowed, and only with the recorded bytes. */
async function fetchMissing(
  { file }: Recorded,
  located: readonly Located[],
  options: OpenOptions,
): Promise<Map<string, string>> {
  const { signal, emit, fetch = false } = options;
  const found = new Map<string, string>();
  const missing: (Located & { remote: WeightsSource })[] = [];
  const changes: SourceChange[] = [];
  const keep = async (name: string, path: string, sha256: string): Promise<void> => {
    const now = await hashFile(path);
    if (now === sha256) found.set(name, path);
    else changes.push({ name, before: sha256, now });
  };
  for (const item of located) {
    const { name, remote, recorded } = item;
    if (remote === undefined || remote.kind === 'file') continue;
    const cached = await fetchWeights(remote, { signal, offline: true }).catch((error: unknown) => {
      if (error instanceof PodiumError && error.code === 'weights-offline') return undefined;
      throw error;
    });
    if (cached === undefined) missing.push({ ...item, remote });
    else await keep(name, cached.path, recorded.sha256);
  }
  if (missing.length > 0) {
    const wanted = missing.map(({ name, remote, recorded: { sha256 } }): MissingWeights => {
      return { name, from: describeSource(remote), sha256 };
    });
    const mayFetch = typeof fetch === 'function' ? await fetch(wanted) : fetch;
    if (!mayFetch) throw offline(file, wanted);
    for (const { name, remote, recorded } of missing) {
      const { path } = await fetchWeights(withChecksum(remote, recorded.sha256), {
        signal,
        onEvent: (event) => emit({ type: 'weights', event }),
      });
      await keep(name, path, recorded.sha256);
    }
  }
  // Not even --anyway: other weights at the address are nobody's choice.
  if (changes.length > 0) throw inputsChanged(changes.map(describeChange));
  return found;
}

function withChecksum(source: WeightsSource, sha256: string): WeightsSource {
  if (source.kind === 'file') return source;
  return source.kind === 'url' ? { ...source, sha256Prefix: sha256 } : { ...source, sha256 };
}

function offline(file: string, missing: readonly MissingWeights[]): PodiumError {
  return new PodiumError({
    code: 'record-offline',
    path: { file },
    message: 'this record names weights that are not on this machine, and a record alone causes no download',
    details: missing.map(({ name, from, sha256 }) => `${name}: ${from} (SHA-256 ${sha256.slice(0, 12)})`),
    fix: 'download them with --fetch (in a program: fetch: true)',
  });
}
