import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileError, hashFile, PodiumError, readText, writeFileAtomic } from '@podium/core';
import type { StateDict } from '@podium/nn';
import { readSafetensors, writeSafetensors } from '@podium/nn/checkpoint-files';
import type { LearnerState } from '../learner/index.ts';
import type { TrainingCheckpoint } from './checkpoint.ts';

const MANIFEST = 'manifest.json';
const STATE = 'state.json';
const TASK = 'task.safetensors';
const VERSION = 1;
/** A history of a million steps. */
const MAX_BYTES = 2 ** 28;
/** Tensors of a learner, each in a file of its own. */
const PARTS = ['weights', 'optimizer', 'average'] as const;

type Json = Readonly<Record<string, unknown>>;

/** Contents of a checkpoint's manifest. */
export interface CheckpointManifest {
  readonly version: typeof VERSION;
  readonly step: number;
  readonly epoch: number;
  /** Latest value of the monitored metric; null without one, or for NaN. */
  readonly metric: number | null;
  readonly files: Readonly<Record<string, { readonly bytes: number; readonly sha256: string }>>;
}

/** Writes all files of a checkpoint into an existing folder, each synced, the manifest last. */
export async function writeCheckpointFiles(
  folder: string,
  checkpoint: TrainingCheckpoint,
  metric: number | undefined,
): Promise<void> {
  const { weights, optimizer, average, learners = {}, task, ...rest } = checkpoint;
  const others = Object.entries(learners);
  const tensors = [
    ...learnerTensors('', checkpoint),
    ...others.flatMap(([name, state]) => learnerTensors(`${name}-`, state)),
    ...(task === undefined ? [] : [[TASK, task.tensors] as const]),
  ];
  const files: Record<string, { bytes: number; sha256: string }> = {};
  const note = async (name: string) => {
    const path = join(folder, name);
    files[name] = { bytes: (await stat(path)).size, sha256: await hashFile(path) };
  };
  for (const [name, dict] of tensors) {
    await writeSafetensors(join(folder, name), dict);
    await note(name);
  }
  const state = {
    ...rest,
    ...learnerNumbers(checkpoint),
    ...(others.length > 0 && {
      learners: Object.fromEntries(others.map(([name, learner]) => [name, learnerNumbers(learner)])),
    }),
    ...(task !== undefined && { task: task.numbers }),
  };
  await writeFileAtomic(join(folder, STATE), `${JSON.stringify(state, null, 1)}\n`);
  await note(STATE);
  const manifest: CheckpointManifest = {
    version: VERSION,
    step: checkpoint.progress.step,
    epoch: checkpoint.progress.epoch,
    metric: metric !== undefined && Number.isFinite(metric) ? metric : null,
    files,
  };
  await writeFileAtomic(join(folder, MANIFEST), `${JSON.stringify(manifest, null, 1)}\n`);
}

/**
 * Reads a checkpoint and verifies every file against the manifest.
 * @throws PodiumError `training-checkpoint-damaged` or `file-not-found`, naming the file
 */
export async function readCheckpointFolder(folder: string): Promise<TrainingCheckpoint> {
  const manifest = await readManifest(folder);
  for (const [name, { bytes, sha256 }] of Object.entries(manifest.files)) {
    const file = join(folder, name);
    const size = await stat(file).then(
      (stats) => stats.size,
      (error: unknown) => {
        throw fileError(error, file, 'read');
      },
    );
    if (size !== bytes) throw damaged(file, `${bytes} bytes`, `${size} bytes`);
    const hash = await hashFile(file);
    if (hash !== sha256)
      throw damaged(file, `the checksum ${sha256.slice(0, 12)}...`, `${hash.slice(0, 12)}...`);
  }
  const { learners, task, ...rest } = (await readJson(join(folder, STATE))) as Json;
  const others: Record<string, LearnerState> = {};
  for (const [name, numbers] of Object.entries((learners ?? {}) as Record<string, Json>))
    others[name] = await readLearner(folder, `${name}-`, numbers);
  return {
    ...(await readLearner(folder, '', rest)),
    ...(learners !== undefined && { learners: others }),
    ...(task !== undefined && { task: { tensors: await readTensors(folder, TASK), numbers: task } }),
  } as TrainingCheckpoint;
}

/** @throws PodiumError `training-checkpoint-damaged` if it is not a manifest of this version */
export async function readManifest(folder: string): Promise<CheckpointManifest> {
  const file = join(folder, MANIFEST);
  const manifest = (await readJson(file)) as CheckpointManifest;
  const names = Object.entries(manifest?.files ?? {});
  const valid =
    manifest?.version === VERSION &&
    Number.isInteger(manifest.step) &&
    (manifest.metric === null || Number.isFinite(manifest.metric)) &&
    manifest.files[STATE] !== undefined &&
    names.every(
      ([name, entry]) =>
        /^[a-z]+(-[a-z]+)?\.(json|safetensors)$/.test(name) &&
        Number.isInteger(entry?.bytes) &&
        typeof entry.sha256 === 'string',
    );
  if (valid) return manifest;
  throw damaged(file, `a manifest of version ${VERSION}`, JSON.stringify(manifest).slice(0, 80));
}

function learnerTensors(
  prefix: string,
  { weights, optimizer, average }: LearnerState,
): (readonly [file: string, tensors: StateDict])[] {
  const parts = { weights, optimizer: optimizer.tensors, average: average?.tensors };
  return PARTS.flatMap((part) => {
    const tensors = parts[part];
    return tensors === undefined ? [] : [[`${prefix}${part}.safetensors`, tensors] as const];
  });
}

/** The rest of a learner's state: plain JSON. */
function learnerNumbers({ optimizer, average, schedule, freeze, rates }: LearnerState): Json {
  return {
    schedule,
    freeze,
    rates,
    optimizer: optimizer.numbers,
    ...(average !== undefined && { average: average.numbers }),
  };
}

async function readLearner(
  folder: string,
  prefix: string,
  { optimizer, average, ...rest }: Json,
): Promise<LearnerState> {
  const read = (part: string) => readTensors(folder, `${prefix}${part}.safetensors`);
  return {
    ...rest,
    weights: await read('weights'),
    optimizer: { tensors: await read('optimizer'), numbers: optimizer },
    ...(average !== undefined && { average: { tensors: await read('average'), numbers: average } }),
  } as unknown as LearnerState;
}

async function readTensors(folder: string, name: string): Promise<StateDict> {
  return (await readSafetensors(join(folder, name))).tensors;
}

async function readJson(file: string): Promise<unknown> {
  const text = await readText(file, { maxBytes: MAX_BYTES });
  try {
    return JSON.parse(text);
  } catch {
    throw damaged(file, 'JSON', JSON.stringify(text.slice(0, 40)));
  }
}

function damaged(file: string, expected: string, got: string): PodiumError {
  return new PodiumError({
    code: 'training-checkpoint-damaged',
    path: { file },
    message: 'the checkpoint has changed since it was written',
    expected,
    got,
    fix: 'use the checkpoint before this one',
  });
}

/** Makes a rename in `folder` survive a power cut, if the file system can. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } catch {
    // Some file systems cannot; the rename itself is done.
  } finally {
    await handle.close();
  }
}
