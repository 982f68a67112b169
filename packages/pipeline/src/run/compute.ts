import { join, resolve } from 'node:path';
import { PodiumError } from '@podium/core';
import { type Executor, type Job, JobFailure, type Slot } from '../execute/job.ts';
import type { Source } from '../graph/instance.ts';
import type { KeyedNode } from '../graph/keys.ts';
import { identify } from '../sources/identify.ts';
import type { SourceIdentity } from '../sources/identity.ts';
import { type InputPath, outputPath } from '../stage/ports.ts';
import type { AnyStage, Needs } from '../stage/stage.ts';
import type { Attempt } from '../store/attempts.ts';
import type { Entry } from '../store/check-entry.ts';
import type { Claim } from '../store/claim.ts';
import type { Store } from '../store/store.ts';
import type { RunEvent } from './report.ts';

export interface ComputeContext {
  readonly store: Store;
  readonly executor: Executor;
  readonly sources: Readonly<Record<string, Source>>;
  readonly identities: Readonly<Record<string, SourceIdentity>>;
  /** Retries after attempts that failed through no fault of the stage. */
  readonly retries: number;
  readonly signal: AbortSignal;
  readonly onEvent: (event: RunEvent) => void;
}

/** The right to compute an entry, and the room to do it. */
export interface Permit {
  readonly claim: Claim;
  slot: Slot;
}

/** What one run of a node's stage needs. */
export function needsOf({ node: { stage, settings } }: KeyedNode): Needs {
  return stage.needs?.(settings) ?? {};
}

/**
 * Computes one entry, with retries. `entries` are those of the instances it reads from; `onAttempt` gets the number of
 * each attempt. The slot of the permit may become another one.
 * @throws what the last attempt threw; PodiumError `claim-lost` if another process has taken the key over
 */
export async function compute(
  item: KeyedNode,
  entries: ReadonlyMap<string, Entry>,
  context: ComputeContext,
  permit: Permit,
  onAttempt: (attempt: number) => void,
): Promise<Entry> {
  const { name, stage } = item.node;
  let needs = needsOf(item);
  for (let attempt = 1; ; attempt++) {
    onAttempt(attempt);
    try {
      return await computeOnce(item, entries, context, permit, attempt, needs);
    } catch (error) {
      if (context.signal.aborted) throw error;
      // Without the claim, the files that the stage worked on may be gone.
      await permit.claim.confirm();
      if (!(error instanceof JobFailure) || attempt > context.retries) throw error;
      context.onEvent({ type: 'retry', name, attempt, error });
      // It shared the machine when memory ran out; alone it may have enough.
      if (error.reason === 'out-of-memory') {
        needs = { cores: 'all', memoryBytes: Number.MAX_SAFE_INTEGER };
        permit.slot.release();
        permit.slot = await context.executor.reserve({ stage, needs }, context.signal);
      }
    }
  }
}

async function computeOnce(
  item: KeyedNode,
  entries: ReadonlyMap<string, Entry>,
  context: ComputeContext,
  { claim, slot }: Permit,
  attempt: number,
  needs: Needs,
): Promise<Entry> {
  const { store, onEvent } = context;
  const signal = AbortSignal.any([context.signal, claim.lost]);
  const { node, key, parts } = item;
  const folders = await store.startAttempt();
  try {
    let startMs = performance.now();
    const { name, settings } = node;
    onEvent({ type: 'started', name, key, settings, attempt });
    const workFolder = await claim.workFolder();
    await slot.execute(jobOf(item, entries, context.sources, { ...folders, workFolder }, needs), {
      stage: node.stage,
      signal,
      onEvent: (event) => {
        if (event.type !== 'started') return onEvent({ ...event, name: node.name });
        startMs = performance.now();
        onEvent({ type: 'process', name: node.name, pid: event.pid });
      },
    });
    const durationMs = performance.now() - startMs;
    await assertSameSources(item, context);
    const commitment = { key, parts, instance: node.name, stage: node.stage, durationMs, claim };
    const { outcome, entry } = await store.commit(folders, commitment);
    if (outcome === 'different') onEvent({ type: 'different', name: node.name, key });
    return entry;
  } finally {
    await folders.discard();
  }
}

function jobOf(
  { node }: KeyedNode,
  entries: ReadonlyMap<string, Entry>,
  sources: Readonly<Record<string, Source>>,
  folders: Attempt & { readonly workFolder: string },
  needs: Needs,
): Job {
  const { stage } = node;
  const pathOf = (reference: KeyedNode['node']['inputs'][string][number]): string =>
    'source' in reference
      ? resolve(sources[reference.source]!.path)
      : entries.get(reference.from)!.outputs[reference.output]!;
  const inputs = Object.entries(node.inputs).map(([port, references]): [string, InputPath] => {
    const paths = references.map(pathOf);
    return [port, stage.inputs[port]?.many ? paths : paths[0]];
  });
  return {
    id: folders.id,
    stageModule: stage.module,
    stageName: stage.name,
    settings: node.settings,
    inputs: Object.fromEntries(inputs),
    outputs: pathsOf(stage, folders.outputFolder),
    outputFolder: folders.outputFolder,
    scratchFolder: folders.scratchFolder,
    workFolder: folders.workFolder,
    seed: node.seed,
    needs,
  };
}

function pathsOf(stage: AnyStage, folder: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(stage.outputs).map(([name, port]) => [name, join(folder, outputPath(name, port))]),
  );
}

/** Results of a file that changed meanwhile must not be stored under the key of its earlier content. */
async function assertSameSources(
  { node }: KeyedNode,
  { sources, identities, store }: ComputeContext,
): Promise<void> {
  const references = Object.values(node.inputs).flat();
  for (const name of new Set(references.flatMap((item) => ('source' in item ? [item.source] : [])))) {
    const source = sources[name]!;
    if ((await identify(source, store.fileHashes)).sha256 === identities[name]?.sha256) continue;
    throw new PodiumError({
      code: 'source-changed',
      path: { file: source.path },
      message: `source "${name}" changed while "${node.name}" was reading it`,
      fix: 'start again, and do not change it during the run',
    });
  }
}
