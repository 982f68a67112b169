import { parseArgs } from 'node:util';
import { loadEngine, profile, summarize } from '@podium/engine';
import { type OptimizerOptions, optimizers } from '@podium/training';
import { type Experiment, say } from './experiment.ts';
import { medianSpent, type Spent, spent, stepBench } from './training-step.ts';

const help = `npm run results -- optimizer-share [--model NAME] [--batch N] [--steps N]

The share of a training step (MobileNetV2 at 224, batch 16) that each optimizer's update takes, in elapsed and processor
time, and its number of native ops.`;

/** The update of every optimizer as a share of a training step. */
export const optimizerShare: Experiment = { name: 'optimizer-share', help, run };

async function run(args: string[]): Promise<unknown> {
  const { values } = parseArgs({
    args,
    options: {
      model: { type: 'string', default: 'mobilenetv2_100' },
      batch: { type: 'string', default: '16' },
      steps: { type: 'string', default: '7' },
    },
  });
  await loadEngine({ backend: 'tensorflow' });
  const rows: Record<string, number | string>[] = [];
  for (const { name } of optimizers) {
    const bench = stepBench(values.model, Number(values.batch), {
      name,
      learningRate: 1e-4,
    } as OptimizerOptions);
    const [passes, updates]: [Spent[], Spent[]] = [[], []];
    // The first step is a warmup.
    for (let step = -1; step < Number(values.steps); step++) {
      const [pass, update] = [spent(bench.gradients), spent(bench.update)];
      if (step < 0) continue;
      passes.push(pass);
      updates.push(update);
    }
    const { profile: kernels } = await profile(bench.update);
    const calls = summarize(kernels).reduce((sum, { calls: each }) => sum + each, 0);
    const [pass, update] = [medianSpent(passes), medianSpent(updates)];
    const share = update.wall / (pass.wall + update.wall);
    const cpuShare = update.cpu / (pass.cpu + update.cpu);
    rows.push({
      name,
      parameters: bench.parameters,
      ops: calls,
      milliseconds: update.wall,
      cpuMilliseconds: update.cpu,
      stepMilliseconds: pass.wall + update.wall,
      share,
      cpuShare,
    });
    say(
      `${name.padEnd(8)} ${String(calls).padStart(4)} ops  ${update.wall.toFixed(1).padStart(6)} ms of ${(pass.wall + update.wall).toFixed(0)} (${(100 * share).toFixed(1)} %)  ` +
        `CPU ${update.cpu.toFixed(1)} ms (${(100 * cpuShare).toFixed(1)} %)`,
    );
    bench.dispose();
  }
  return { experiment: 'optimizer-share', model: values.model, rows };
}
