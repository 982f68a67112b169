import { Option } from '@commander-js/extra-typings';
import { helpText, SUBMISSION_CODES } from '../help-text.ts';
import {
  ARTIFACTS,
  EXECUTOR,
  NEW_SUBMISSIONS,
  OVERRIDES,
  RUN_NAME,
  SETTINGS,
  SIGN,
  STORE,
  TRUST,
} from '../shared-options.ts';
import type { AddCommand } from './context.ts';

export const addRun: AddCommand = (program, context) => {
  program
    .command('run')
    .description('train, blend and write a checked submission, as the settings say')
    .argument(...SETTINGS)
    .argument(...OVERRIDES)
    .option('--plan', 'only print what would run, and why each stage is not cached')
    .option(...STORE)
    .addOption(new Option(...EXECUTOR).choices(['local', 'shared-folder']))
    .option(...ARTIFACTS)
    .option(...TRUST)
    .option(...SIGN)
    .option(...NEW_SUBMISSIONS)
    .option(...RUN_NAME)
    .option('--json', 'print one JSON object at the end')
    .addHelpText(
      'after',
      helpText({
        notes: `
Results are cached by their inputs: a second run computes only what changed. Ctrl-C stops cleanly;
run the same command to resume.

Any setting of docs/settings.md can be given as KEY=VALUE, with a value in YAML; it is checked and
recorded like those of the file. Quote what your shell would change: "train.loss={ name: focal }".

Code of the project (podium.config.ts, models, transforms, stages) runs only if you trust it: projects that
"podium init" has made are trusted, about others you are asked, and scripts say --trust. A key with a
passphrase is unlocked by ssh-keygen itself, or by the agent: --sign KEY.pub.`,
        codes: SUBMISSION_CODES,
        examples: [
          'podium run',
          'podium run masks --plan',
          'podium run train.epochs=5 "models=[resnet18, resnet50]" --name quick',
          'podium run --json > result.json',
          'podium run --sign ~/.ssh/id_ed25519',
        ],
      }),
    )
    .action(async (settings, overrides, options) => {
      context.markResumable();
      const { run } = await import('../actions/run.ts');
      await run(context, [settings, ...overrides], options);
    });
};
