import { type DatasetDescription, readDataset, settingText, UnclearSetting } from '@podium/dataset';
import type { Questions } from './questions.ts';

/** A folder with more open questions needs settings by hand. */
const MAX_QUESTIONS = 12;

/** What a folder holds, and the layout's settings that were asked for. */
export interface AskedDataset {
  readonly dataset: DatasetDescription;
  readonly options: Readonly<Record<string, unknown>>;
}

/**
 * Reads a competition folder, and asks what it leaves open: which table, which columns, one label per image or several.
 * @throws PodiumError what the folder leaves open if nobody answers; those of reading a competition folder
 */
export async function readAsking(
  data: string,
  layout: string,
  questions: Questions,
  { signal, notes }: { readonly signal: AbortSignal; readonly notes: Record<string, string> },
): Promise<AskedDataset> {
  let options: Record<string, unknown> = {};
  for (let asked = 0; ; asked++) {
    try {
      return { dataset: await readDataset(data, { layout, settings: options, signal }), options };
    } catch (error) {
      if (!(error instanceof UnclearSetting) || questions.isAssumed || asked === MAX_QUESTIONS) throw error;
      const { choices, option, problem } = error;
      const answer = await questions.choose(
        `${problem.message ?? option} (${problem.got ?? option}). Which is it?`,
        choices.map(({ value, label }, i) => {
          const shown = settingText(value);
          return { value: String(i), label: label === value ? shown : `${label}: ${option}: ${shown}` };
        }),
        '0',
      );
      options = { ...options, [option]: choices[Number(answer)]!.value };
      notes['data.options'] = 'Answers to what the folder leaves open.';
    }
  }
}
