import { spawnSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { measuredProcess, type Used } from '../app/measured-process.ts';
import { AppRuns } from '../app/run-app.ts';
import { NETWORK, type SharedData, WEIGHTS } from './share-data.ts';

/** What every contestant gets. */
export interface Conditions {
  /** The competition folder. */
  readonly data: string;
  readonly shared: SharedData;
  readonly minutes: number;
  readonly seed: number;
  readonly threads: number;
  /** An empty folder of its own. */
  readonly folder: string;
}

/** A submission `id,label`, and what it took. */
export interface Entry extends Used {
  readonly csv: string;
  /** What the contestant says of its run. */
  readonly notes: unknown;
}

/** Podium as a user starts it: settings without questions, then a run. */
export async function runPodium(
  { data, minutes, seed, threads, folder }: Conditions,
  overrides: readonly string[],
): Promise<Entry> {
  const runs = new AppRuns(folder, {});
  await mkdir(folder, { recursive: true });
  const made = await runs.podium(['init', data, '--yes', '--out', 'podium.yaml']);
  const { json, ...used } = await runs.podium<{ submission: string; score: unknown }>([
    'run',
    'podium.yaml',
    `timeLimit=${minutes} min`,
    `threads=${threads}`,
    `seed=${seed}`,
    ...overrides,
  ]);
  return {
    csv: resolve(folder, json.submission),
    notes: json.score,
    seconds: made.seconds + used.seconds,
    cpuSeconds: sum(made.cpuSeconds, used.cpuSeconds),
    peakBytes: used.peakBytes,
  };
}

/** Podium's only pretrained network, so that all contestants have the same weights; it may train small ones from nothing as well. */
export const SAME_WEIGHTS = [
  `models=[{ model: ${NETWORK}, pretrained: ${WEIGHTS} }]`,
  'recipes=[probe, fine-tune, fresh, fine-tune-gently]',
];

function sum(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a + b;
}

/** Scripts of peers by name, with the modules that they need. */
export const PEERS: Readonly<
  Record<string, { readonly script: string; readonly modules: readonly string[] }>
> = {
  timm: { script: 'timm_finetune.py', modules: ['timm', 'torchvision', 'sklearn', 'safetensors'] },
  fastai: { script: 'fastai_finetune.py', modules: ['fastai', 'timm', 'sklearn', 'safetensors'] },
  sklearn: { script: 'sklearn_probe.py', modules: ['sklearn', 'timm', 'safetensors'] },
  autogluon: { script: 'autogluon_multimodal.py', modules: ['autogluon.multimodal', 'timm', 'sklearn'] },
};

/** Looks for modules without importing them, which takes long. */
const FIND_MODULES = `
import importlib.util, sys
def is_missing(name):
    try:
        return importlib.util.find_spec(name) is None
    except ModuleNotFoundError:
        return True
print(*filter(is_missing, sys.argv[1:]))
`;

/**
 * Those of a peer's modules that Python does not have.
 * @throws Error if there is no such Python
 */
export function missingModules(python: string, peer: string): string[] {
  const { status, stdout } = spawnSync(python, ['-c', FIND_MODULES, ...PEERS[peer]!.modules], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`--peer-python: ${python} does not run`);
  return stdout.split(/\s+/).filter((name) => name !== '');
}

/** A peer's script, in as much time as Podium gets. */
export async function runPeer(
  peer: string,
  python: string,
  { shared, minutes, seed, threads, folder }: Conditions,
): Promise<Entry> {
  await mkdir(folder, { recursive: true });
  const csv = join(folder, 'submission.csv');
  const { train, test, weights, model, input } = shared;
  const settings = {
    ...{ train, test, weights, model, out: csv, seed, threads, end: Date.now() / 1000 + 60 * minutes },
    ...{ mean: input.mean, std: input.std, imageSize: input.imageSize[0] },
  };
  const script = join(import.meta.dirname, PEERS[peer]!.script);
  // Threads that spin while they wait would slow a machine with other work.
  const env = { ...process.env, OMP_NUM_THREADS: String(threads), OMP_WAIT_POLICY: 'PASSIVE' };
  const { output, ...used } = await measuredProcess([python, script, JSON.stringify(settings)], {
    cwd: folder,
    env,
  });
  return { csv, notes: JSON.parse(output.trim().split('\n').at(-1)!) as unknown, ...used };
}
