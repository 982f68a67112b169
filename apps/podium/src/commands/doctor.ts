import { exitCodes } from '../exit-codes.ts';
import { describeEngine } from '../terminal/engine-report.ts';
import type { AddCommand, CommandContext } from './context.ts';

export const addDoctor: AddCommand = (program, context) => {
  const doctor = program.command('doctor').description('examine what Podium runs on');
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
    .action(async ({ json }) => await examineEngine(context, json ?? false));
};

/** What `doctor engine` and `setup --check` do. */
export async function examineEngine({ terminal, exitWith }: CommandContext, json: boolean): Promise<void> {
  const { inspectEngine } = await import('@podium/engine');
  const report = await inspectEngine({ thorough: true });
  if (json) terminal.out(JSON.stringify(report, undefined, 2));
  else for (const line of describeEngine(report)) terminal.out(line);
  if (report.problems.length > 0) exitWith(exitCodes.problems);
}
