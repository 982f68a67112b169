import { inspectEngine } from '@podium/engine';
import type { CommandContext } from '../commands/context.ts';
import { exitCodes } from '../exit-codes.ts';
import { describeEngine } from '../terminal/describe-engine.ts';
import { printJson, printLines } from '../terminal/terminal.ts';

/** `podium doctor engine` and `podium setup --check`. */
export async function doctorEngine({ terminal, setExitCode }: CommandContext, json: boolean): Promise<void> {
  const report = await inspectEngine({ thorough: true });
  if (json) printJson(terminal, report);
  else printLines(terminal, describeEngine(report));
  if (report.problems.length > 0) setExitCode(exitCodes.problems);
}
