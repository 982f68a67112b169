import { relative, resolve } from 'node:path';
import {
  type CompetitionEvent,
  type ModelSettings,
  readSettings,
  runCompetition,
  type ScoreReport,
  type SettingsFile,
  scoreInterval,
  settingsSchema,
} from '@podium/competition';
import { PodiumError } from '@podium/core';
import { resolveWeights, models as zoo } from '@podium/model-zoo';
import type { CommandContext } from '../commands/context.ts';
import { exitCodes } from '../exit-codes.ts';
import { competitionReporter } from '../terminal/competition-reporter.ts';
import { describeSeconds } from '../terminal/progress.ts';
import { describePublished, describeScore, withInterval } from '../terminal/run-report.ts';
import type { Demo, DemoSize } from './demo.ts';
import { prepareDemo } from './prepare-demo.ts';
import { scoreAnswers, type TestScore } from './score-answers.ts';

/** `podium demo <name>`: makes the competition, runs it like any other, and shows the true score beside the estimate. */
export async function runDemo(
  context: CommandContext,
  demo: Demo,
  { json, ...size }: DemoSize & { readonly json: boolean },
): Promise<void> {
  const { terminal, signal } = context;
  const started = performance.now();
  for (const line of demo.notice) terminal.say(line);
  const prepared = await prepareDemo(demo, resolve('data'), size, { terminal, signal, env: process.env });
  const onEvent = competitionReporter(terminal);
  const found = await withAvailableWeights(context, demo, await readSettings(prepared.settings), onEvent);
  const result = await runCompetition(found, { submissions: resolve('submissions'), signal, onEvent });
  const { run, score, paths } = result;
  const test =
    paths === undefined ? undefined : await scoreAnswers(paths.csv, prepared.answers, score.metric);
  if (json) {
    const cv = { metric: score.metric, estimate: score.score, ...scoreInterval(score) };
    const { csv, record, report } = paths ?? {};
    terminal.out(JSON.stringify({ run, cv, test, csv, record, report }, undefined, 2));
  } else {
    for (const line of describeScore(score)) terminal.out(line);
    if (test !== undefined) for (const line of describeTest(score, test)) terminal.out(line);
    const podium = process.env.npm_lifecycle_event === undefined ? 'podium' : 'npm run podium --';
    for (const line of describePublished(result, { podium })) terminal.out(line);
  }
  terminal.say(
    `in ${describeSeconds((performance.now() - started) / 1000)}; settings: ${relative(process.cwd(), prepared.settings)}`,
  );
  if (paths === undefined) context.exitWith(exitCodes.problems);
}

/** The true score, and whether the interval of cross-validation contains it. */
function describeTest(score: ScoreReport, test: TestScore): string[] {
  const { low, high } = scoreInterval(score);
  const isAbove = test.estimate > high;
  const isBetter = isAbove === (score.direction === 'higher');
  const overlaps = test.low <= high && test.high >= low;
  const verdict =
    test.estimate >= low && test.estimate <= high ? 'within' : isBetter ? 'better than' : 'worse than';
  const why =
    verdict === 'better than'
      ? '; here the networks of all folds predict together'
      : verdict === 'worse than' && overlaps
        ? "; but the test score's own interval overlaps it"
        : '';
  return [
    `True test score:  ${score.metric} ${withInterval(test)}, on ${test.rows} images that were kept aside`,
    `  ${verdict} the interval of cross-validation [${low.toFixed(4)}, ${high.toFixed(4)}]${why}`,
  ];
}

/** Drops models whose weights are not available; if none is left, the demo's small network replaces them. */
async function withAvailableWeights(
  { terminal, signal }: CommandContext,
  demo: Demo,
  found: SettingsFile,
  emit: (event: CompetitionEvent) => void,
): Promise<SettingsFile> {
  const { models } = found.settings;
  if (demo.withoutWeights === undefined || models === undefined) return found;
  const fetch = (model: string, pretrained: true | string) =>
    resolveWeights(model, pretrained, {
      signal,
      onEvent: (event) => emit({ type: 'weights', event }),
      folder: found.folder,
    });
  const kept: typeof models = [];
  for (const given of models) {
    const settings: ModelSettings = typeof given === 'string' ? { model: given } : given;
    const available = await firstAvailable(settings, fetch, { terminal, signal });
    if (available !== undefined) kept.push(available === settings ? given : available);
  }
  if (kept.length === models.length && kept.every((model, i) => model === models[i])) return found;
  if (kept.length === 0)
    terminal.say('so a small network is trained from scratch: expect a much lower score');
  const changes = kept.length > 0 ? { models: kept } : demo.withoutWeights;
  return { ...found, settings: settingsSchema.parse({ ...found.settings, ...changes }) };
}

/** A model with weights that are available: those of the settings, else any published ones. */
async function firstAvailable(
  given: ModelSettings,
  fetch: (model: string, pretrained: true | string) => Promise<unknown>,
  { terminal, signal }: Pick<CommandContext, 'terminal' | 'signal'>,
): Promise<ModelSettings | undefined> {
  const { model, pretrained = true } = given;
  if (typeof model !== 'string' || pretrained === false || zoo.get(model).weights.length === 0) return given;
  for (const wanted of new Set([pretrained, true] as const)) {
    try {
      await fetch(model, wanted);
      return wanted === pretrained ? given : { ...given, pretrained: wanted };
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof PodiumError)) throw error;
      terminal.say(`pretrained weights of ${model} are not available: ${error.message.split('\n')[0]}`);
    }
  }
  return undefined;
}
