import { resolve } from 'node:path';
import { PodiumError } from '@podium/core';
import type { CommandContext } from '../commands/context.ts';
import { exitCodes } from '../exit-codes.ts';
import { overall } from '../run/finish.ts';
import { tellDownload } from '../run/project.ts';
import { runCompetition } from '../run/run-command.ts';
import { findWeights } from '../run/weights.ts';
import { type FoundSettings, readSettings } from '../settings/read-settings.ts';
import { settingsSchema } from '../settings/schema.ts';
import { SMALL_NET } from '../stages/support/model.ts';
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
  terminal.say(`in ${describeSeconds((performance.now() - started) / 1000)}; settings: ${prepared.settings}`);
  if (paths === undefined) context.exitWith(exitCodes.problems);
}

/** The true score, and whether the estimate from cross-validation holds it. */
function describeTest(score: Parameters<typeof overall>[0], test: TestScore): string[] {
  const { low, high } = overall(score);
  const holds = test.estimate >= low && test.estimate <= high;
  return [
    `True test score:  ${score.metric} ${withInterval(test)}, on ${test.rows} images that were kept aside`,
    `  ${holds ? 'within' : 'outside'} the interval of cross-validation [${low.toFixed(4)}, ${high.toFixed(4)}]`,
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
    const { model, pretrained = true } = typeof given === 'string' ? { model: given } : given;
    try {
      if (typeof model === 'string' && model !== SMALL_NET && pretrained !== false)
        await findWeights(model, pretrained, fetch);
      kept.push(given);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof PodiumError)) throw error;
      terminal.say(`no pretrained weights of ${String(model)} can be had: ${error.message.split('\n')[0]}`);
    }
  }
  if (kept.length === models.length) return found;
  if (kept.length === 0)
    terminal.say(
      'so a small net is trained from nothing: expect a far lower score than with pretrained weights',
    );
  const changes = kept.length > 0 ? { models: kept } : demo.withoutWeights;
  return { ...found, settings: settingsSchema.parse({ ...found.settings, ...changes }) };
}
