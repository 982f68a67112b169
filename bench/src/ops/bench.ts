import { parseArgs } from 'node:util';
import { Contestant } from '../contestant.ts';
import { type Budget, cpuOf, isas } from '../limits.ts';
import { type BenchReport, median } from '../report.ts';
import { sourceCommand } from '../source-command.ts';

export const help = `npm run bench -- ops [--rounds N]

Milliseconds of each of Podium's own ops, forward and backward, compiled for this processor and for each older instruction
set that it can run (${isas.join(', ')}), in processes that take turns. An op that became scalar code stands out.`;

/** Measures, prints and returns the figures. */
export async function run(args: string[], budget: Budget): Promise<BenchReport> {
  const { values } = parseArgs({ args, options: { rounds: { type: 'string', default: '15' } } });
  const cpus = new Map([['native', process.env.PODIUM_CPU ?? 'native']]);
  for (const isa of isas) {
    const cpu = await cpuOf(isa);
    if (cpu !== undefined) cpus.set(isa, cpu);
  }
  const worker = sourceCommand(import.meta.dirname, 'worker.ts');
  const contestants: Contestant[] = [];
  const rounds = new Map<string, Record<string, number>[]>();
  try {
    for (const [name, cpu] of cpus) {
      const env = { ...process.env, PODIUM_CPU: cpu };
      contestants.push(await Contestant.start(name, worker, env));
      rounds.set(name, []);
    }
    for (const round of budget.rounds(Number(values.rounds))) {
      for (const contestant of contestants) {
        const times = (await contestant.ask('run')) as Record<string, number>;
        if (round >= 0) rounds.get(contestant.name)!.push(times);
      }
    }
  } finally {
    for (const contestant of contestants) contestant.stop();
  }
  return tabulate(rounds);
}

function tabulate(rounds: ReadonlyMap<string, readonly Readonly<Record<string, number>>[]>): BenchReport {
  const figures: Record<string, number> = {};
  const ratios: Record<string, number> = {};
  const names = [...rounds.keys()];
  process.stderr.write(`${''.padEnd(48)}${names.map((name) => name.padStart(10)).join('')}\n`);
  for (const op of Object.keys(rounds.get('native')![0]!)) {
    const cells = names.map((name) => {
      const own = rounds.get(name)!.map((times) => times[op]!);
      figures[`${op}.${name}.ms`] = median(own);
      const ratio = median(rounds.get('native')!.map((times, round) => own[round]! / times[op]!));
      if (name !== 'native') ratios[`${op}.${name}_vs_native`] = ratio;
      return name === 'native' ? `${median(own).toFixed(2)} ms` : `${ratio.toFixed(2)}x`;
    });
    process.stderr.write(`${op.padEnd(48)}${cells.map((cell) => cell.padStart(10)).join('')}\n`);
  }
  return { bench: 'ops', figures, ratios };
}
