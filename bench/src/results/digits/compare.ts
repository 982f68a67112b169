import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { differenceOfMeans } from '../difference.ts';
import { say } from '../experiment.ts';
import { type DigitRecipe, NORMALIZATION } from './recipe.ts';
import { type DigitSet, trainDigits } from './train.ts';

interface Score {
  readonly accuracy: number;
  readonly cpuSeconds: number;
}

/** Trains the same network in Podium and in PyTorch, in turns, with several seeds each. */
export async function comparePeer(
  set: DigitSet,
  recipe: DigitRecipe,
  { python, seeds, threads }: { readonly python: string; readonly seeds: number; readonly threads: number },
): Promise<unknown> {
  const [ours, theirs]: [Score[], Score[]] = [[], []];
  for (let seed = 1; seed <= seeds; seed++) {
    ours.push(await trainDigits(set, recipe, { seed, augment: false, average: false }));
    theirs.push(await trainPeer(python, set.root, recipe, seed, threads));
    for (const [name, scores] of [
      ['ours', ours],
      ['PyTorch', theirs],
    ] as const) {
      const { accuracy, cpuSeconds } = scores.at(-1)!;
      say(`seed ${seed}  ${name.padEnd(8)} ${(100 * accuracy).toFixed(2)} %  ${cpuSeconds.toFixed(0)} CPU s`);
    }
  }
  const accuracies = [ours, theirs].map((scores) => scores.map(({ accuracy }) => accuracy)) as [
    number[],
    number[],
  ];
  const found = differenceOfMeans(...accuracies);
  const percent = (value: number) => `${(100 * value).toFixed(3)} %`;
  say(
    `ours ${percent(found.means[0])} (spread ${percent(found.spreads[0])}), PyTorch ${percent(found.means[1])} ` +
      `(${percent(found.spreads[1])}); difference ${percent(found.difference)} ` +
      `[${found.interval.map(percent).join(', ')}]${found.withinNoise ? ': within noise' : ''}`,
  );
  return { experiment: 'digits-peer', recipe, ours, pytorch: theirs, ...found };
}

async function trainPeer(
  python: string,
  data: string,
  recipe: DigitRecipe,
  seed: number,
  threads: number,
): Promise<Score> {
  const settings = { ...recipe, data, seed, threads, mean: NORMALIZATION.mean[0], std: NORMALIZATION.std[0] };
  const script = join(import.meta.dirname, 'peer.py');
  // This compares accuracy, not speed, so PyTorch's threads need not spin while they wait on a busy machine.
  const env = { ...process.env, OMP_WAIT_POLICY: 'PASSIVE' };
  const child = spawn(python, [script, JSON.stringify(settings)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env,
  });
  for await (const line of createInterface({ input: child.stdout })) return JSON.parse(line) as Score;
  throw new Error(`${python} ${script} exited without a result`);
}
