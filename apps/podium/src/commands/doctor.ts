import { exitCodes } from '../exit-codes.ts';
import type { AddCommand } from './context.ts';

export const addDoctor: AddCommand = (program, context) => {
  const doctor = program
    .command('doctor')
    .description('examine a training before hours go into it: your model, your data, your settings')
    .argument('[settings]', 'podium.yaml, podium.config.ts, or the folder of one', '.')
    .option('--model <name>', 'which of the models; the first where left out')
    .option('--checks <names...>', 'only these checks, by name or glob')
    .option('--store <folder>', 'where results are kept (default: .podium beside the settings)')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
It looks for the mistakes that everybody makes once: a batch that cannot be learnt by heart, a first
loss that is wrong, a softmax too many, batches that mix samples, labels that are not their images',
frozen parts that move, the learning rate; then it measures what holds a training step up. The model
is trained for good by nothing of this, and nothing is stored. It takes a minute or so.

Exit codes:
  ${exitCodes.ok}    no problem was found
  ${exitCodes.failed}    the examination failed, and the error says why
  ${exitCodes.problems}    a problem was found
  ${exitCodes.interrupted}  stopped by Ctrl-C

Examples:
  podium doctor
  podium doctor masks/podium.yaml --model resnet50
  podium doctor --checks "overfits*" initial-loss
  podium doctor engine`,
    )
    .action(async (settings, options) => {
      const action = await import('../actions/doctor.ts');
      await action.doctor(context, settings, options);
    });
  doctor
    .command('engine')
    .description(
      'print the backend, TensorFlow, devices, CPU features, precision, threads, cache, and what is missing',
    )
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Every file of the cache is hashed. Nothing is downloaded or changed.

Exit codes:
  ${exitCodes.ok}  all is well
  ${exitCodes.failed}  the examination failed
  ${exitCodes.problems}  something is missing or damaged

Examples:
  podium doctor engine
  podium doctor engine --json | jq .cpu.features`,
    )
    .action(async (options, command) => {
      // The command above has an option of that name too, and takes it first.
      const { json } = { ...command.optsWithGlobals(), ...options } as { json?: boolean };
      const action = await import('../actions/doctor-engine.ts');
      await action.doctorEngine(context, json ?? false);
    });
};
