import { dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import { type SettingsInput, settingsSchema } from '@podium/competition';
import { PodiumError, writeFileAtomic } from '@podium/core';
import { parseSettings } from '@podium/core/settings';
import type { CommandContext } from '../commands/context.ts';
import { assertNewFile } from '../file-exists.ts';
import { describeDataset } from '../terminal/describe-dataset.ts';
import {
  askAcceptedLeaks,
  askForm,
  askGroup,
  askLayout,
  askMetric,
  askName,
  askPreset,
} from './ask-settings.ts';
import { detectMaskHeads } from './detect-mask-heads.ts';
import { findCompetition } from './find-competition.ts';
import type { Questions } from './questions.ts';
import { readAsking } from './read-asking.ts';
import { type SettingNotes, settingsText } from './settings-text.ts';

export interface CreateSettingsOptions {
  /** The settings file. */
  readonly out: string;
  readonly force: boolean;
  /** Whether to check every image for leaks. */
  readonly inspect: boolean;
}

export interface CreatedSettings {
  readonly file: string;
  readonly settings: SettingsInput;
  readonly notes: SettingNotes;
}

/**
 * Reads a competition folder, asks what it cannot detect, and writes settings with every key explained.
 * @param folder default: detected
 * @throws PodiumError `init-exists`, `init-no-data`, `init-inside-data`, and those of reading a competition folder
 */
export async function createSettings(
  { terminal, signal }: Pick<CommandContext, 'terminal' | 'signal'>,
  folder: string | undefined,
  questions: Questions,
  { out, force, inspect }: CreateSettingsOptions,
): Promise<CreatedSettings> {
  const file = resolve(out);
  await assertNewFile(out, { force, code: 'init-exists' });
  const data = resolve(folder ?? (await findCompetition(dirname(file))));
  assertOutsideData(file, data);
  const notes: Record<string, string> = {};
  const layout = await askLayout(data, questions, notes);
  const { dataset, options: answers } = await readAsking(data, layout, questions, { signal, notes });
  for (const line of describeDataset(dataset)) terminal.log(line);
  const group = await askGroup(dataset, questions, notes);
  const heads = detectMaskHeads(dataset, notes);
  const accept = inspect ? await askAcceptedLeaks(dataset, { terminal, signal }, questions) : [];
  const form = await askForm(dataset, questions, notes);
  const metric = await askMetric(dataset, form, questions);
  const preset = await askPreset(questions);
  const competition = await askName(data, questions);
  const path = relative(dirname(file), data).split(sep).join('/');
  const options = {
    ...answers,
    ...(heads !== undefined ? { heads: 'both' } : group !== undefined && { group }),
  };
  const settings: SettingsInput = {
    competition,
    data: {
      folder: isAbsolute(path) || path === '' ? data : path,
      layout,
      ...(Object.keys(options).length > 0 && { options }),
      ...(accept.length > 0 && { accept }),
    },
    heads,
    metric,
    preset: preset as 'good',
    ...(form !== undefined && { submission: { form } }),
  };
  // Answers may be invalid in combination.
  parseSettings(settingsSchema, settings, { file });
  await writeFileAtomic(file, settingsText(settings, notes));
  return { file, settings, notes };
}

/** Inside the competition folder, results would become part of the data, which would change with every run. */
function assertOutsideData(file: string, data: string): void {
  if (dirname(file) !== data && !dirname(file).startsWith(`${data}${sep}`)) return;
  const beside = relative(process.cwd(), resolve(data, '..', 'podium.yaml')) || '../podium.yaml';
  throw new PodiumError({
    code: 'init-inside-data',
    path: { file },
    message: 'settings inside the competition folder would mix results with the data',
    fix: `write them beside the folder: --out ${beside}`,
  });
}
