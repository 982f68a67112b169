import { relative, resolve } from 'node:path';
import type { ScoreReport } from '@podium/competition';
import {
  type FoundSettings,
  findWeights,
  type ModelSettings,
  overall,
  readSettings,
  runCompetition,
  SMALL_NET,
  settingsSchema,
  tellDownload,
} from '@podium/competition';
import { PodiumError } from '@podium/core';
import type { CommandContext } from '../commands/context.ts';
import { exitCodes } from '../exit-codes.ts';
import { describeSeconds } from '../terminal/progress.ts';
import { describeFinished, describeScore, withInterval } from '../terminal/run-report.ts';
import type { Demo, DemoSize } from './demo.ts';
import { prepareDemo } from './prepare-demo.ts';
import { scoreAnswers, type TestScore } from './score-answers.ts';

/** `podium demo <name>`: makes the competition, runs it as any other, and shows the true score beside the estimate. */
export async function runDemo(
  context: CommandContext,
  demo: Demo,
  { json, ...size }: DemoSize & { readonly json: boolean },
): Promise<void> {
  const { terminal, signal } = context;
  const started = performance.now();
  for (const line of demo.notice) terminal.say(line);
  const prepared = await prepareDemo(demo, resolve('data'), size, { terminal, signal, env: process.env });
  const found = await withWeightsThatAreThere(context, demo, await readSettings(prepared.settings));
  const { finished } = await runCompetition(context, found, { submissions: resolve('submissions') });
  const { score, paths } = finished;
  const test =
    paths === undefined ? undefined : await scoreAnswers(paths.csv, prepared.answers, score.metric);
  if (json) {
    const cv = { metric: score.metric, estimate: score.score, ...overall(score) };
    const { csv, record, report } = paths ?? {};
    terminal.out(JSON.stringify({ run: finished.run, cv, test, csv, record, report }, undefined, 2));
  } else {
    for (const line of describeScore(score)) terminal.out(line);
    if (test !== undefined) for (const line of describeTest(score, test)) terminal.out(line);
    const podium = process.env.npm_lifecycle_event === undefined ? 'podium' : 'npm run podium --';
    for (const line of describeFinished(finished, { podium })) terminal.out(line);
  }
  terminal.say(
    `in ${describeSeconds((performance.now() - started) / 1000)}; settings: ${relative(process.cwd(), prepared.settings)}`,
  );
  if (paths === undefined) context.exitWith(exitCodes.problems);
}

/** The true score, and whether the estimate from cross-validation holds it. */
function describeTest(score: ScoreReport, test: TestScore): string[] {
  const { low, high } = overall(score);
  const isAbove = test.estimate > high;
  const isBetter = isAbove === (score.direction === 'higher');
  const reaches = test.low <= high && test.high >= low;
  const verdict =
    test.estimate >= low && test.estimate <= high ? 'within' : isBetter ? 'better than' : 'worse than';
  const why =
    verdict === 'better than'
      ? '; the networks of all folds answer together here'
      : verdict === 'worse than' && reaches
        ? '; but what the test images alone can tell reaches into it'
        : '';
  return [
    `True test score:  ${score.metric} ${withInterval(test)}, on ${test.rows} images that were kept aside`,
    `  ${verdict} the interval of cross-validation [${low.toFixed(4)}, ${high.toFixed(4)}]${why}`,
  ];
}

/** Leaves models out whose weights cannot be had; where none is left, the demonstration's small net stands in. */
async function withWeightsThatAreThere(
  { terminal, signal }: CommandContext,
  demo: Demo,
  found: FoundSettings,
): Promise<FoundSettings> {
  const { models } = found.settings;
  if (demo.withoutWeights === undefined || models === undefined) return found;
  const fetch = { signal, onEvent: tellDownload(terminal), folder: found.folder };
  const kept: typeof models = [];
  for (const given of models) {
    const settings = typeof given === 'string' ? { model: given } : given;
    const there = await firstThatIsThere(settings, fetch, terminal);
    if (there !== undefined) kept.push(there === settings ? given : there);
  }
  if (kept.length === models.length && kept.every((model, i) => model === models[i])) return found;
  if (kept.length === 0)
    terminal.say(
      'so a small net is trained from nothing: expect a far lower score than with pretrained weights',
    );
  const changes = kept.length > 0 ? { models: kept } : demo.withoutWeights;
  return { ...found, settings: settingsSchema.parse({ ...found.settings, ...changes }) };
}

/** A model with weights that can be had: those that are named, else any that are known. */
async function firstThatIsThere(
  given: ModelSettings,
  fetch: Parameters<typeof findWeights>[2],
  terminal: CommandContext['terminal'],
): Promise<ModelSettings | undefined> {
  const { model, pretrained = true } = given;
  if (typeof model !== 'string' || model === SMALL_NET || pretrained === false) return given;
  for (const wanted of new Set([pretrained, true] as const)) {
    try {
      await findWeights(model, wanted, fetch);
      return wanted === pretrained ? given : { ...given, pretrained: wanted };
    } catch (error) {
      fetch.signal.throwIfAborted();
      if (!(error instanceof PodiumError)) throw error;
      terminal.say(`no pretrained weights of ${model} can be had: ${error.message.split('\n')[0]}`);
    }
  }
  return undefined;
}
