import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadEngine } from '@podium/engine';
import { models } from '@podium/model-zoo';
import { Contestant, type Turn } from '../data/contestant.ts';
import { imageFolder } from '../data/images.ts';
import type { Budget } from '../limits.ts';
import { type BenchReport, median } from '../report.ts';
import { sourceCommand } from '../source-command.ts';
import type { ContestantSettings } from './settings.ts';

const OURS = ['cold', 'cached'] as const;
const PEERS = ['torch_default', 'torch_channels_last'] as const;
const DEFAULT_MODELS = ['efficientnet_lite0', 'resnet18'];
/** Process counts to try for PyTorch's loader; the faster one is compared. */
const PEER_WORKERS = [1, 2] as const;

export const help = `npm run bench -- train [--peer-python PATH] [--models NAME,...] [--batch N] [--rounds N] [--steps N] [--workers N] [--precision float32|bfloat16] [--busy]

Images per second from 1,000 JPEG files of 384x512 to updated weights: random resized crop and flip at 224, AdamW, with
  cold     Podium's trainer and loader, from the files
  cached   the same, from images decoded once (shorter side 256) and held in shared memory
  torch_default, torch_channels_last   timm and a DataLoader on PIL, with the faster number of worker processes
           (${PEER_WORKERS.join(' or ')}), if the Python at PATH has them
It also prints the share of time that the loop waits for images, the peak memory of the training process (without PyTorch's
workers) and, on Linux, processor time per image. Each contestant is a separate process, and they take turns; ratios are
computed per turn. With --busy, every other turn runs beside a process that keeps one core busy, and the share of its speed that
each contestant keeps is compared. Default models: ${DEFAULT_MODELS.join(', ')}`;

/** Measures, prints and returns the figures. */
export async function run(args: string[], budget: Budget): Promise<BenchReport> {
  const { values } = parseArgs({
    args,
    options: {
      'peer-python': { type: 'string' },
      models: { type: 'string', default: DEFAULT_MODELS.join(',') },
      batch: { type: 'string', default: '16' },
      rounds: { type: 'string', default: '5' },
      steps: { type: 'string', default: '12' },
      workers: { type: 'string', default: '2' },
      precision: { type: 'string', default: 'float32' },
      busy: { type: 'boolean', default: false },
    },
  });
  const names = values.models.split(',');
  for (const name of names) models.get(name);
  const print = (line: string) => void process.stderr.write(`${line}\n`);
  const { folder, photographs } = await imageFolder(print);
  const { threads } = await loadEngine({ backend: 'tensorflow' });
  const figures: Record<string, number> = {
    photographs: Number(photographs),
    load_before: loadavg()[0]!,
  };
  const ratios: Record<string, number> = {};
  const cache = await mkdtemp(join(tmpdir(), 'podium-bench-cache-'));
  const options = { python: values['peer-python'], rounds: Number(values.rounds), busy: values.busy, print };
  try {
    await budget.spread(names, async (model, share) => {
      const common: Omit<ContestantSettings, 'contestant'> = {
        model,
        folder,
        cache,
        batch: Number(values.batch),
        size: 224,
        classes: 10,
        workers: Number(values.workers),
        precision: values.precision === 'bfloat16' ? 'bfloat16' : 'float32',
        warmupSteps: 6,
        steps: Number(values.steps),
        threads,
      };
      const { turns, busy } = await play(common, { ...options, budget: share });
      tabulate(model, turns, figures, ratios, print);
      if (values.busy) tabulateBusy(model, turns, busy, figures, ratios, print);
    });
    return { bench: 'train', figures, ratios };
  } finally {
    await rm(cache, { recursive: true, force: true });
  }
}

type Common = Omit<ContestantSettings, 'contestant'>;

/** By contestant, in the order of rounds. */
type Turns = ReadonlyMap<string, Turn[]>;

interface PlayOptions {
  readonly python: string | undefined;
  readonly rounds: number;
  readonly budget: Budget;
  /** Whether each round is repeated beside a busy process. */
  readonly busy: boolean;
  readonly print: (line: string) => void;
}

async function play(
  common: Common,
  { python, rounds, budget, busy, print }: PlayOptions,
): Promise<{ readonly turns: Turns; readonly busy: Turns }> {
  const contestants: Contestant[] = [];
  try {
    for (const contestant of OURS) {
      const worker = sourceCommand(import.meta.dirname, 'worker.ts');
      contestants.push(await started(worker, { ...common, contestant }));
    }
    // The first turn is a warmup.
    for (const contestant of contestants) await contestant.turn();
    for (const contestant of python === undefined ? [] : PEERS) {
      const peer = await bestPeer(python!, { ...common, contestant }, print);
      if (peer !== undefined) contestants.push(peer);
    }
    const turns = emptyTurns(contestants);
    const busyTurns = emptyTurns(contestants);
    for (const _ of budget.rounds(rounds, 0)) {
      for (const contestant of contestants) turns.get(contestant.name)?.push(await contestant.turn());
      if (!busy) continue;
      const other = spawn(process.execPath, ['--eval', 'for (;;);'], { stdio: 'ignore' });
      try {
        for (const contestant of contestants) busyTurns.get(contestant.name)?.push(await contestant.turn());
      } finally {
        other.kill('SIGKILL');
      }
    }
    return { turns, busy: busyTurns };
  } finally {
    for (const contestant of contestants) contestant.stop();
  }
}

function emptyTurns(contestants: readonly Contestant[]): Turns {
  return new Map(contestants.map(({ name }) => [name, []]));
}

/** The peer with the fastest number of workers, measured in one turn each, after a warmup turn. */
async function bestPeer(
  python: string,
  settings: ContestantSettings,
  print: (line: string) => void,
): Promise<Contestant | undefined> {
  let best: { contestant: Contestant; speed: number; workers: number } | undefined;
  for (const workers of PEER_WORKERS) {
    const command = [python, join(import.meta.dirname, 'peer.py')];
    const contestant = await started(command, { ...settings, workers });
    await contestant.turn();
    const { speed } = await contestant.turn();
    print(
      `${settings.model} ${settings.contestant}, ${workers} workers: ${speed.toFixed(1)} images/s in a trial`,
    );
    const loser = best !== undefined && best.speed >= speed ? contestant : best?.contestant;
    loser?.stop();
    if (loser !== contestant) best = { contestant, speed, workers };
  }
  return best?.contestant;
}

async function started(command: readonly string[], settings: ContestantSettings): Promise<Contestant> {
  const contestant = await Contestant.start(settings.contestant, [...command, JSON.stringify(settings)]);
  if (contestant === undefined)
    throw new Error(`${settings.contestant} cannot run here: ${command.join(' ')}`);
  return contestant;
}

function tabulate(
  model: string,
  turns: Turns,
  figures: Record<string, number>,
  ratios: Record<string, number>,
  print: (line: string) => void,
): void {
  const cpuOf = (results: readonly Turn[]) =>
    results.map(({ cpuMilliseconds }) => cpuMilliseconds).filter((time) => time !== undefined);
  print(`\n${model}`);
  for (const [name, results] of turns) {
    const key = `${model}.${name}`;
    const speed = median(results.map((turn) => turn.speed));
    const wait = median(results.map(({ waitShare }) => waitShare ?? Number.NaN));
    const peak = Math.max(...results.map(({ peakRss }) => peakRss ?? 0)) / 1e9;
    const cpu = cpuOf(results);
    figures[`${key}.images_per_second`] = speed;
    figures[`${key}.wait_share`] = wait;
    figures[`${key}.peak_rss_gb`] = peak;
    if (cpu.length > 0) figures[`${key}.cpu_ms_per_image`] = median(cpu);
    print(
      `  ${name.padEnd(22)} ${speed.toFixed(1).padStart(6)} images/s  ${(100 * wait).toFixed(1).padStart(5)} % waiting  ` +
        `${peak.toFixed(2)} GB  ${cpu.length > 0 ? median(cpu).toFixed(1) : '?'} CPU ms per image`,
    );
  }
  for (const of of OURS) {
    for (const by of ['cold', ...PEERS]) {
      const [ours, others] = [turns.get(of), turns.get(by)];
      if (of === by || ours === undefined || others === undefined) continue;
      const key = `${model}.${of}_vs_${by}`;
      const ratio = median(ours.map(({ speed }, turn) => speed / others[turn]!.speed));
      ratios[key] = ratio;
      const [cpuOurs, cpuOthers] = [cpuOf(ours), cpuOf(others)];
      const hasCpu = cpuOurs.length > 0 && cpuOthers.length > 0;
      if (hasCpu) ratios[`${key}.cpu`] = median(cpuOthers) / median(cpuOurs);
      const second = hasCpu ? `  ${ratios[`${key}.cpu`]!.toFixed(2)}x by CPU` : '';
      print(`  ${`${of} vs ${by}`.padEnd(32)} ${ratio.toFixed(2)}x${second}`);
    }
  }
}

/** Prints how much of its speed each contestant keeps beside a busy process. */
function tabulateBusy(
  model: string,
  turns: Turns,
  busy: Turns,
  figures: Record<string, number>,
  ratios: Record<string, number>,
  print: (line: string) => void,
): void {
  const kept = new Map<string, readonly number[]>();
  for (const [name, results] of turns) {
    const shares = results.map(({ speed }, round) => busy.get(name)![round]!.speed / speed);
    kept.set(name, shares);
    figures[`${model}.${name}.kept_when_busy`] = median(shares);
    print(
      `  ${name.padEnd(22)} keeps ${(100 * median(shares)).toFixed(0)} % of its speed beside a busy process`,
    );
  }
  for (const of of OURS) {
    for (const by of PEERS) {
      const others = kept.get(by);
      if (others === undefined) continue;
      const ratio = median(kept.get(of)!.map((share, round) => share / others[round]!));
      ratios[`${model}.${of}_kept_vs_${by}`] = ratio;
      print(`  ${`${of} keeps vs ${by}`.padEnd(32)} ${ratio.toFixed(2)}x`);
    }
  }
}
