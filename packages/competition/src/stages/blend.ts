import { compareCodeUnits, Predictions } from '@podium/core';
import { readManifest } from '@podium/dataset';
import { diversity, mean, nested, rules } from '@podium/ensemble';
import { metrics, scoreOf } from '@podium/metrics';
import { defineStage } from '@podium/pipeline';
import { z } from 'zod';
import { type HeadPredictions, readHeads, writeHeads } from '../artifacts/head-predictions.ts';
import { readJsonFile, writeJson } from '../artifacts/json.ts';
import { blendMethod } from '../heads/blend-method.ts';
import { finalPredictions, finalSettings } from '../heads/final-predictions.ts';
import { labeled, scored } from '../heads/scored-rows.ts';
import { defaultMetric } from '../heads/submission-form.ts';
import type { ApplyStage } from '../predict/apply-stage.ts';

/** How one head's members were blended. */
export interface BlendReport {
  readonly head: string;
  readonly method: string;
  readonly members: readonly string[];
  /** On the rows that it was fitted to, and on rows that it had not seen; undefined if nothing was fitted. */
  readonly fitted?: number;
  readonly nested?: number;
  readonly optimism?: number;
  /** One per member, if the method has weights. */
  readonly weights?: readonly number[];
  readonly diversity: readonly {
    readonly name: string;
    readonly score: number;
    readonly gain: number;
    readonly errorCorrelation: readonly (number | null)[];
  }[];
}

const schema = z.strictObject({
  ...finalSettings,
  metric: z.string(),
  names: z.array(z.string()).min(1),
  method: z.string(),
  options: z.record(z.string(), z.json()),
});

/** Blends the members by what was fitted in the run. */
const apply: ApplyStage = async (context) => {
  const settings = schema.parse(context.instance.settings);
  const { parameters: file } = await context.outputs();
  const parameters = new Map(Object.entries(await readJsonFile<Record<string, unknown>>(file!)));
  const members = (await context.predictions('oof')).map((member) =>
    finalPredictions(member, context.heads, settings),
  );
  const blended = new Map<string, Predictions>();
  for (const head of members[0]?.keys() ?? []) {
    const predictions = members.map((member) => member.get(head)!);
    const [first] = predictions;
    blended.set(
      head,
      first === undefined || first.task !== 'single-label'
        ? averaged(predictions, settings)
        : blendMethod(settings).method.apply(parameters.get(head), predictions),
    );
  }
  return blended;
};

/** Blends the models by a method that is fitted inside folds, after heads are made consistent and combined. */
export const blend = defineStage({
  name: 'blend',
  version: '3',
  module: import.meta.url,
  cheap: true,
  random: true,
  settings: schema,
  inputs: {
    train: { kind: 'file', type: 'manifest' },
    oof: { kind: 'folder', type: 'predictions', many: true },
    test: { kind: 'folder', type: 'predictions', many: true },
  },
  outputs: {
    oof: { kind: 'folder', type: 'predictions' },
    test: { kind: 'folder', type: 'predictions' },
    report: { kind: 'file', type: 'blend', path: 'blend.json' },
    /** By head, what was fitted to all rows: for blending predictions of other images. */
    parameters: { kind: 'file', type: 'blend-parameters', path: 'parameters.json' },
  },
  run: async ({ settings, inputs, outputs, rng }) => {
    const { names, metric } = settings;
    const manifest = await readManifest(inputs.train);
    const read = async (folders: readonly string[]) => {
      const members: HeadPredictions[] = [];
      for (const folder of folders)
        members.push(finalPredictions(await readHeads(folder), manifest.heads, settings));
      return members;
    };
    const [oof, test] = [await read(inputs.oof), await read(inputs.test)];
    const blended = { oof: new Map<string, Predictions>(), test: new Map<string, Predictions>() };
    const reports: BlendReport[] = [];
    const parameters = new Map<string, unknown>();
    for (const head of oof[0]?.keys() ?? []) {
      const members = oof.map((member) => member.get(head)!);
      // Methods are fitted and judged on rows that have a label.
      const known = members.map((member) => labeled(member, manifest.rows, head));
      const tests = test.map((member) => member.get(head)).filter((each) => each !== undefined);
      const [first] = known as [Predictions, ...Predictions[]];
      const own = metricFor(metric, first.task);
      const score = scoreOf(own);
      // Methods are fitted to one class per row; several labels and numbers are averaged.
      if (first.task !== 'single-label') {
        blended.oof.set(head, averaged(members, settings));
        if (tests.length > 0) blended.test.set(head, averaged(tests, settings));
        const method =
          first.task === 'regression' && settings.method === 'weighted-mean' ? 'weighted-mean' : 'mean';
        reports.push({ head, method, members: names, diversity: [] });
        continue;
      }
      const { name: methodName, isRule, method } = blendMethod({ ...settings, metric: own });
      const { truth } = scored(first, manifest.rows, head);
      // A single fold is enough for a rule, which fits nothing.
      const single = isRule && new Set(first.folds).size < 2;
      // What is fitted to a single fold is judged in parts of it, whole groups each.
      const judged = new Set(first.folds).size < 2 ? known.map(withoutFolds) : known;
      const result = single ? undefined : nested(method, judged, truth, { score, rng: rng.split(head) });
      const fitted = result?.parameters ?? method.fit({ members: known, truth, rng: rng.split(head) });
      parameters.set(head, fitted);
      const predicted =
        result === undefined
          ? method.apply(fitted, known)
          : new Predictions({ ...result.predictions, folds: first.folds });
      const others = unlabeledRows(members, predicted);
      blended.oof.set(
        head,
        others === undefined ? predicted : together(predicted, method.apply(fitted, others)),
      );
      if (tests.length > 0) blended.test.set(head, method.apply(fitted, tests));
      const { weights } = fitted as { weights?: unknown };
      reports.push({
        head,
        method: methodName,
        members: names,
        ...(result !== undefined &&
          !isRule && { fitted: result.fittedScore, nested: result.nestedScore, optimism: result.optimism }),
        ...(isWeights(weights, members.length) && { weights }),
        diversity: diversity(known, truth, { score, names }).map(
          ({ name, score: alone, gain, errorCorrelation }) => ({
            name,
            score: alone,
            gain,
            errorCorrelation: errorCorrelation.map((value) => (Number.isNaN(value) ? null : value)),
          }),
        ),
      });
    }
    await writeHeads(outputs.oof, blended.oof);
    await writeHeads(outputs.test, blended.test);
    await writeJson(outputs.report, reports);
    await writeJson(outputs.parameters, Object.fromEntries(parameters));
  },
  apply,
});

/** The mean of several labels or numbers; of numbers with the weights of the settings, if they have some. */
function averaged(
  members: readonly Predictions[],
  settings: Pick<z.output<typeof schema>, 'method' | 'options'>,
): Predictions {
  const isWeighted = members[0]?.task === 'regression' && settings.method === 'weighted-mean';
  return isWeighted ? rules.get(settings.method).parse(settings.options)(members) : mean(members);
}

/** A metric for this task: a head that is trained beside those of the submission may have another one. */
function metricFor(metric: string, task: Predictions['task']): string {
  return metrics.get(metric).tasks.includes(task) ? metric : defaultMetric([task]);
}

function withoutFolds(predictions: Predictions): Predictions {
  return new Predictions({ ...predictions, folds: undefined });
}

/** The members' predictions of rows without a label; undefined if there are none. */
function unlabeledRows(
  members: readonly Predictions[],
  labeledRows: Predictions,
): readonly Predictions[] | undefined {
  const ids = members[0]!.ids.filter((id) => labeledRows.indexOf(id) === undefined);
  return ids.length === 0 ? undefined : members.map((member) => member.select(ids));
}

/** Predictions of all rows, sorted by id. */
function together(one: Predictions, other: Predictions): Predictions {
  const all = Predictions.concat([one, other]);
  return all.select([...all.ids].sort(compareCodeUnits));
}

function isWeights(value: unknown, members: number): value is readonly number[] {
  return Array.isArray(value) && value.length === members && value.every((x) => typeof x === 'number');
}
