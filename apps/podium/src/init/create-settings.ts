import { mkdir } from 'node:fs/promises';
import { dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import {
  inspectImages,
  type SettingsInput,
  settingsSchema,
  trustFolder,
  whyRunStops,
} from '@podium/competition';
import { PodiumError, writeFileAtomic } from '@podium/core';
import { parseSettings } from '@podium/core/settings';
import type { CommandContext } from '../commands/context.ts';
import { assertNewFile } from '../file-exists.ts';
import { describeDataset } from '../terminal/describe-dataset.ts';
import { withCommand } from '../terminal/podium-command.ts';
import { progressReporter } from '../terminal/progress-reporter.ts';
import {
  askAcceptedLeaks,
  askForm,
  askGroup,
  askLayout,
  askMetric,
  askName,
  askPlace,
  askPreset,
} from './ask-settings.ts';
import { detectMaskHeads } from './detect-mask-heads.ts';
import { findCompetition } from './find-competition.ts';
import type { Questions } from './questions.ts';
import { readAsking } from './read-asking.ts';
import { type SettingNotes, settingsText } from './settings-text.ts';

export interface CreateSettingsOptions {
  /** The settings file. Default: asked, with a folder of its own for a second competition. */
  readonly out?: string | undefined;
  readonly force: boolean;
  /** Whether to check every image for leaks. */
  readonly inspect: boolean;
}

export interface CreatedSettings {
  readonly file: string;
  readonly settings: SettingsInput;
  readonly notes: SettingNotes;
  /** Why a run would stop at the images, tables or submission; undefined if nothing is known that stops it. */
  readonly blocker?: PodiumError | undefined;
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
  const data = resolve(
    folder ?? (await findCompetition(out === undefined ? process.cwd() : dirname(resolve(out)))),
  );
  const file = resolve(out ?? (await askPlace(data, questions)));
  await assertNewFile(relative(process.cwd(), file), { force, code: 'init-exists' });
  assertOutsideData(file, data);
  const notes: Record<string, string> = {};
  const layout = await askLayout(data, questions, notes);
  const { dataset, options: answers } = await readAsking(data, layout, questions, { signal, notes });
  for (const line of describeDataset(dataset)) terminal.log(line);
  const group = await askGroup(dataset, questions, notes);
  const heads = detectMaskHeads(dataset, notes);
  const found = inspect
    ? await inspectImages(dataset, { onProgress: progressReporter(terminal, 'images'), signal })
    : undefined;
  const accept = found === undefined ? [] : await askAcceptedLeaks(found, questions);
  const asked = await askForm(dataset, questions, notes);
  const { form } = asked;
  const metric = await askMetric(dataset, asked, questions);
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
  await mkdir(dirname(file), { recursive: true });
  await writeFileAtomic(file, withCommand(settingsText(settings, notes), terminal.podium));
  // What the user adds to this project later is the user's.
  await trustFolder(dirname(file));
  const blocker = found && whyRunStops(dataset, found, accept);
  return { file, settings, notes, blocker: blocker ?? asked.problem };
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
