import { spawn } from 'node:child_process';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { loadEngine } from '@podium/engine';
import { buildModel, writeSafetensors } from '@podium/model-zoo';
import { stateDict } from '@podium/nn';
import type { Budget } from '../limits.ts';
import type { BenchReport } from '../report.ts';
import { AppRuns } from '../results/app/run-app.ts';
import { sourceCommand } from '../source-command.ts';
import { competitionFolder } from './competition.ts';
import type { Used } from './meter.ts';

const MODEL = 'small-net';
const IMAGE_SIZE = 32;
const WEIGHTS = 'weights.safetensors';

export const help = `npm run bench -- scale [--sizes N,...]

Time per image and memory of each step of a run, for competitions of 1,000, 10,000 and 100,000 drawn JPEG files of 48 to 64
pixels, which are drawn once and kept in the cache folder:
  inspect   the command, in a process of its own        cache    decodes all images to shards
  data, features, ...   the stages of a run with a frozen, untrained ${MODEL} at ${IMAGE_SIZE}x${IMAGE_SIZE} and a linear probe
  main      the main process of that run: hashing of files, checks of results, stages without a process of their own
  report    the page, after its stages                  again    the same run, where everything is in the store
Ratios say how the processor time per image grows from one size to the next: 1 if it is proportional to the images, 1.3 for n
log n from 1,000 to 10,000. The seconds of stages that run side by side are added up.`;

/** Measures, prints and returns the figures. */
export async function run(args: string[], budget: Budget): Promise<BenchReport> {
  const { values } = parseArgs({
    args,
    options: { sizes: { type: 'string', default: '1000,10000,100000' } },
  });
  const sizes = values.sizes.split(',');
  for (const size of sizes) {
    if (!(Number(size) >= 100)) throw new Error(`--sizes: expected numbers of at least 100, got "${size}"`);
  }
  const print = (line: string) => void process.stderr.write(`${line}\n`);
  const figures: Record<string, number> = {};
  const ratios: Record<string, number> = {};
  let before: { readonly size: string; readonly steps: ReadonlyMap<string, Used> } | undefined;
  await budget.spread(sizes, async (size) => {
    const count = Number(size);
    const steps = await measure(count, figures, print);
    for (const [step, { seconds, cpuSeconds, peakBytes }] of steps) {
      const key = `${size}.${step}`;
      figures[`${key}.wall_us_per_image`] = (1e6 * seconds) / count;
      figures[`${key}.cpu_us_per_image`] = (1e6 * cpuSeconds) / count;
      figures[`${key}.peak_mb`] = peakBytes / 1e6;
      const earlier = before?.steps.get(step)?.cpuSeconds;
      const growth = earlier && cpuSeconds / count / (earlier / Number(before!.size));
      if (growth) ratios[`${step}.${size}_vs_${before!.size}`] = growth;
      print(
        `${key.padEnd(20)} ${((1e6 * cpuSeconds) / count).toFixed(0).padStart(8)} us CPU  ${((1e6 * seconds) / count).toFixed(0).padStart(8)} us per image  ` +
          `${(peakBytes / 1e6).toFixed(0).padStart(6)} MB  ${growth ? `${growth.toFixed(2)}x of ${before!.size}` : ''}`,
      );
    }
    before = { size, steps };
  });
  return { bench: 'scale', figures, ratios };
}

async function measure(
  count: number,
  figures: Record<string, number>,
  print: (line: string) => void,
): Promise<Map<string, Used>> {
  const data = await competitionFolder(count, print);
  const project = await mkdtemp(join(tmpdir(), 'podium-bench-scale-'));
  try {
    await writeWeights(join(project, WEIGHTS));
    const app = new AppRuns(project, {});
    const inspected = await app.podium(['inspect', data]);
    const settings = {
      competition: 'shapes',
      data: { folder: data },
      preset: 'fast',
      folds: { count: 3 },
      metric: 'accuracy',
      models: [
        { model: MODEL, method: 'probe', pretrained: WEIGHTS, imageSize: IMAGE_SIZE, views: ['whole'] },
      ],
    };
    const file = join(project, 'podium.yaml');
    await writeFile(file, JSON.stringify(settings));
    const steps = new Map([
      ['inspect', usedBy(inspected)],
      ...(await stepsOf('cache', data)),
      ...(await stepsOf('run', file)),
    ]);
    const again = await app.podium<{ submission: string }>(['run', file]);
    steps.set('again', usedBy(again));
    const report = again.json.submission.replace(/\.csv$/, '.report.html');
    figures[`${count}.report.bytes`] = (await stat(report)).size;
    return steps;
  } finally {
    await rm(project, { recursive: true, force: true });
  }
}

/** Weights that were never trained: a run asks for a file where only a probe is fitted. */
async function writeWeights(file: string): Promise<void> {
  await loadEngine({ backend: 'tensorflow' });
  const model = buildModel(MODEL, { imageSize: [IMAGE_SIZE, IMAGE_SIZE] });
  await writeSafetensors(file, stateDict(model));
}

async function stepsOf(task: 'run' | 'cache', path: string): Promise<[string, Used][]> {
  const [program, ...args] = sourceCommand(import.meta.dirname, 'worker.ts', task, path) as [
    string,
    ...string[],
  ];
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  return JSON.parse(await text(child.stdout)) as [string, Used][];
}

function usedBy({
  seconds,
  cpuSeconds = 0,
  peakBytes = 0,
}: {
  readonly seconds: number;
  readonly cpuSeconds: number | undefined;
  readonly peakBytes: number | undefined;
}): Used {
  return { seconds, cpuSeconds, peakBytes };
}
