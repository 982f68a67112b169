import { PodiumError } from '@podium/core';
import { z } from 'zod';
import type { Reference, Source } from '../graph/instance.ts';
import { type InputIdentity, type KeyedNode, type KeyParts, keyOf } from '../graph/keys.ts';
import type { SourceIdentity } from '../sources/identity.ts';
import type { AnyStage } from '../stage/stage.ts';

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const reference = z.union([
  z.strictObject({ from: z.string(), output: z.string() }),
  z.strictObject({ source: z.string() }),
]);

const schema = z.strictObject({
  format: z.literal(1),
  key: hash,
  name: z.string(),
  stage: z.string(),
  version: z.string(),
  engine: z.string(),
  processor: z.string(),
  settings: z.json(),
  seed: z.union([z.string(), z.number()]).optional(),
  inputs: z.record(z.string(), z.array(reference)),
  entries: z.record(z.string(), hash),
  sources: z.record(
    z.string(),
    z.strictObject({
      kind: z.enum(['file', 'folder']),
      type: z.string(),
      path: z.string(),
      sha256: hash,
      allowOutsideLinks: z.boolean(),
    }),
  ),
});

/**
 * A job that any machine can do, as plain JSON: the stage by name and version, what it reads by hash and key. Its id is the
 * key of its result.
 */
export interface JobReference {
  readonly format: 1;
  readonly key: string;
  /** Of the instance, for people. */
  readonly name: string;
  readonly stage: string;
  readonly version: string;
  readonly engine: string;
  readonly processor: string;
  readonly settings: unknown;
  readonly seed?: string | number;
  readonly inputs: Readonly<Record<string, readonly Reference[]>>;
  /** Keys of the entries that it reads, by instance. */
  readonly entries: Readonly<Record<string, string>>;
  /** The sources that it reads: their content, and where the run has them. */
  readonly sources: Readonly<Record<string, Source & { readonly sha256: string }>>;
}

/** What a coordinator asks others to compute. `processor`: where the result has the bits that it would have here. */
export function referTo(
  { node, key, parts }: KeyedNode,
  entries: ReadonlyMap<string, { readonly key: string }>,
  sources: Readonly<Record<string, Source>>,
  identities: Readonly<Record<string, SourceIdentity>>,
  processor: string,
): JobReference {
  const names = Object.values(node.inputs)
    .flat()
    .flatMap((item) => ('source' in item ? [item.source] : []));
  const described = [...new Set(names)].map((name) => {
    const { kind, type, path, allowOutsideLinks = false } = sources[name]!;
    return [name, { kind, type, path, allowOutsideLinks, sha256: identities[name]!.sha256 }] as const;
  });
  return {
    format: 1,
    key,
    name: node.name,
    stage: parts.stage,
    version: parts.version,
    engine: parts.engine,
    processor,
    settings: parts.settings,
    ...(parts.seed !== undefined && { seed: parts.seed }),
    inputs: Object.fromEntries(Object.entries(node.inputs).map(([port, list]) => [port, [...list]])),
    entries: Object.fromEntries([...entries].map(([name, entry]) => [name, entry.key])),
    sources: Object.fromEntries(described),
  };
}

/**
 * A job from its text.
 * @throws PodiumError `job-damaged` if it is not what its key says
 */
export function parseJob(text: string, key: string): JobReference {
  try {
    const job = schema.parse(JSON.parse(text)) as JobReference;
    if (job.key === key && keyOf(partsOf(job)) === key) return job;
  } catch {
    // Not JSON, or not a job.
  }
  throw new PodiumError({
    code: 'job-damaged',
    path: { key },
    message: 'the job does not belong to its key: it was changed, damaged, or written by another version',
    fix: 'start the run again: it writes the job again',
  });
}

/** The job with the stage that this process has, as a run would see it. */
export function keyedNodeOf(job: JobReference, stage: AnyStage): KeyedNode {
  const { name, key, settings, seed, inputs } = job;
  const random = seed === undefined ? {} : { seed };
  return { node: { name, stage, settings, inputs, ...random }, key, parts: partsOf(job) };
}

function partsOf({
  stage,
  version,
  engine,
  settings,
  seed,
  inputs,
  entries,
  sources,
}: JobReference): KeyParts {
  const identity = (item: Reference): InputIdentity =>
    'source' in item
      ? { sha256: sources[item.source]?.sha256 ?? '' }
      : { key: entries[item.from] ?? '', output: item.output };
  const identities = Object.entries(inputs).map(([port, list]) => [port, list.map(identity)] as const);
  const random = seed === undefined ? {} : { seed };
  return { stage, version, engine, settings, ...random, inputs: Object.fromEntries(identities) };
}
