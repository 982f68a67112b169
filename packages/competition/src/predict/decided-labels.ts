import type { Head } from '@podium/dataset';
import type { HeadPredictions } from '../artifacts/head-predictions.ts';
import type { DataFormat } from '../artifacts/json.ts';
import { formSettings, predictedHeads, readForm } from '../heads/submission-form.ts';
import { decidedByForm, decidedByPredictions } from '../report/decided-classes.ts';
import { type RecordedRun, recordedInstance } from '../run/recorded-run.ts';

/**
 * For each head with several labels per image, the labels of every image: those that the run's submission would write, with
 * its thresholds; those above 0.5 for a head that it does not write, or without a submission.
 * @param data the competition folder, for its sample submission
 */
export async function decidedLabels(
  run: RecordedRun,
  predictions: HeadPredictions,
  {
    data,
    format,
    heads,
  }: { readonly data: () => Promise<string>; readonly format: DataFormat; readonly heads: readonly Head[] },
): Promise<ReadonlyMap<string, readonly (readonly string[])[]>> {
  const several = [...predictions].filter(([, { task }]) => task === 'multi-label');
  if (several.length === 0) return new Map();
  const { settings } = recordedInstance(run, 'score') as { settings?: { form?: unknown } };
  const parsed = formSettings.safeParse(settings?.form);
  const form = parsed.success
    ? await readForm({
        data: await data(),
        format,
        heads: predictedHeads(heads, predictions),
        settings: parsed.data,
      })
    : undefined;
  return new Map(
    several.map(([name, own]) => {
      const target = form?.targets?.find(
        ({ heads: [first, ...others], task }) =>
          first === name && others.length === 0 && task === 'multi-label',
      );
      const { classes } = target ?? own;
      const decided =
        form === undefined || target === undefined
          ? decidedByPredictions(own)
          : decidedByForm(target, form, predictions, own.ids);
      return [name, decided.map((indices) => indices.map((k) => classes[k]!))];
    }),
  );
}
