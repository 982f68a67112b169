import { FAILED, helpText, INTERRUPTED } from '../help-text.ts';
import { JSON_OUTPUT, OVERRIDES, SETTINGS, STORE, TRUST } from '../shared-options.ts';
import type { AddCommand } from './context.ts';

export const addDoctor: AddCommand = (program, context) => {
  const doctor = program
    .command('doctor')
    .description('check model, data and settings for common mistakes before you train for hours')
    .argument(...SETTINGS)
    .argument(...OVERRIDES)
    .option('--model <name>', 'which of the models (default: the first)')
    .option('--checks <names...>', 'only these checks, by name or glob')
    .option(...STORE)
    .option(...TRUST)
    .option(...JSON_OUTPUT)
    .addHelpText(
      'after',
      helpText({
        notes: `
Finds common mistakes: a batch that the model cannot overfit, a wrong initial loss, a second softmax,
batches that mix samples, labels of other images, frozen parameters that change, a bad learning rate.
Then it measures what slows training. It changes no model and stores nothing. Before the checks it says
how long they take at most: seconds for a small network, many minutes for a large one.`,
        codes: {
          ok: 'no problems found',
          failed: FAILED,
          problems: 'at least one problem found',
          interrupted: INTERRUPTED,
        },
        examples: [
          'podium doctor',
          'podium doctor masks/podium.yaml --model resnet50',
          'podium doctor --checks "overfits*" initial-loss',
          'podium doctor engine',
        ],
      }),
    )
    .action(async (settings, overrides, options) => {
      const action = await import('../actions/doctor.ts');
      await action.doctor(context, [settings, ...overrides], options);
    });
  doctor
    .command('engine')
    .description('print backend, TensorFlow, devices, CPU features, precision, threads, cache and problems')
    .option(...JSON_OUTPUT)
    .addHelpText(
      'after',
      helpText({
        notes: 'Hashes every cached file. Nothing is downloaded or changed.',
        codes: { ok: 'no problems found', failed: FAILED, problems: 'something is missing or damaged' },
        examples: ['podium doctor engine', 'podium doctor engine --json | jq .cpu.features'],
      }),
    )
    .action(async (options, command) => {
      // `podium doctor` has a --json option, too, and Commander gives it the flag.
      const { json } = { ...command.optsWithGlobals(), ...options } as { json?: boolean };
      const { doctorEngine } = await import('../actions/doctor-engine.ts');
      await doctorEngine(context, json ?? false);
    });
};
