import { relative, resolve } from 'node:path';
import {
  type ModelSettings,
  type OnCompetitionEvent,
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
import { describePublished, describeScore } from '../terminal/describe-result.ts';
import { formatDuration, formatScore } from '../terminal/format.ts';
import { printJson, printLines } from '../terminal/terminal.ts';
import type { Demo, DemoSize } from './demo.ts';
import { prepareDemo } from './prepare-demo.ts';
import { scoreSubmission, type TestScore } from './score-submission.ts';

/**
 * `podium demo <name>`: writes the competition, runs it like any other unless that is not wanted, and prints the true score
 * beside the estimate.
 */
export async function runDemo(
  context: CommandContext,
  demo: Demo,
  {
    json,
    overrides,
    run: isRun,
    ...size
  }: DemoSize & { readonly overrides: readonly string[]; readonly run: boolean; readonly json: boolean },
): Promise<void> {
  const { terminal, signal } = context;
  const startedAt = performance.now();
  for (const line of demo.notice) terminal.log(line);
  const files = await prepareDemo(demo, resolve('data'), size, { terminal, signal, env: process.env });
  if (!isRun) {
    if (json) printJson(terminal, files);
    else
      terminal.print(
        `Wrote ${relative(process.cwd(), files.folder)}, with its settings and answers beside it.`,
      );
    return;
  }
  const onEvent = competitionReporter(terminal);
  const settings = await withAvailableWeights(
    context,
    demo,
    await readSettings(files.settings, overrides),
    onEvent,
  );
  const result = await runCompetition(settings, { submissions: resolve('submissions'), signal, onEvent });
  const { run, score, paths } = result;
  const test =
    paths === undefined ? undefined : await scoreSubmission(paths.csv, files.answers, score.metric);
  if (json) {
    const cv = { metric: score.metric, estimate: score.score, ...scoreInterval(score) };
    const { csv, record, report } = paths ?? {};
    printJson(terminal, { run, cv, test, csv, record, report });
  } else {
    printLines(terminal, [
      ...describeScore(score),
      ...(test === undefined ? [] : describeTestScore(score, test)),
      ...describePublished(result),
    ]);
  }
  const duration = formatDuration((performance.now() - startedAt) / 1000);
  terminal.log(`done in ${duration}; settings: ${relative(process.cwd(), files.settings)}`);
  if (paths === undefined) context.setExitCode(exitCodes.problems);
}

/** The true score, and whether the interval of cross-validation contains it. */
function describeTestScore(score: ScoreReport, test: TestScore): string[] {
  const { low, high } = scoreInterval(score);
  const isAbove = test.estimate > high;
  const isBetter = isAbove === (score.direction === 'higher');
  const overlaps = test.low <= high && test.high >= low;
  const verdict =
    test.estimate >= low && test.estimate <= high ? 'within' : isBetter ? 'better than' : 'worse than';
  const explanation =
    verdict === 'better than'
      ? '; here the networks of all folds predict together'
      : verdict === 'worse than' && overlaps
        ? '; but the interval of the test score overlaps it'
        : '';
  return [
    `True test score:  ${score.metric} ${formatScore(test)}, on ${test.rows} held-out images`,
    `  ${verdict} the interval of cross-validation [${low.toFixed(4)}, ${high.toFixed(4)}]${explanation}`,
  ];
}

/** Drops models whose weights are not available; if none is left, the demo's small network replaces them. */
async function withAvailableWeights(
  { terminal, signal }: CommandContext,
  demo: Demo,
  file: SettingsFile,
  onEvent: OnCompetitionEvent,
): Promise<SettingsFile> {
  const { models } = file.settings;
  if (demo.withoutWeights === undefined || models === undefined) return file;
  const loadWeights = (model: string, pretrained: true | string) =>
    resolveWeights(model, pretrained, {
      signal,
      onEvent: (event) => onEvent({ type: 'weights', event }),
      folder: file.folder,
    });
  const kept: typeof models = [];
  for (const model of models) {
    const settings: ModelSettings = typeof model === 'string' ? { model } : model;
    const available = await withLoadableWeights(settings, loadWeights, { terminal, signal });
    if (available !== undefined) kept.push(available === settings ? model : available);
  }
  if (kept.length === models.length && kept.every((model, i) => model === models[i])) return file;
  if (kept.length === 0)
    terminal.log('training a small network from scratch instead: expect a much lower score');
  const changes = kept.length > 0 ? { models: kept } : demo.withoutWeights;
  return { ...file, settings: settingsSchema.parse({ ...file.settings, ...changes }) };
}

/** The model with the weights of its settings if they can be loaded, else with any published ones; undefined if none. */
async function withLoadableWeights(
  settings: ModelSettings,
  loadWeights: (model: string, pretrained: true | string) => Promise<unknown>,
  { terminal, signal }: Pick<CommandContext, 'terminal' | 'signal'>,
): Promise<ModelSettings | undefined> {
  const { model, pretrained = true } = settings;
  if (typeof model !== 'string' || pretrained === false || zoo.get(model).weights.length === 0)
    return settings;
  for (const weights of new Set([pretrained, true] as const)) {
    try {
      await loadWeights(model, weights);
      return weights === pretrained ? settings : { ...settings, pretrained: weights };
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof PodiumError)) throw error;
      terminal.log(`pretrained weights of ${model} are not available: ${error.message.split('\n')[0]}`);
    }
  }
  return undefined;
}
