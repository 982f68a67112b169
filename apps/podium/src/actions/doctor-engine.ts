import { inspectEngine } from '@podium/engine';
import type { CommandContext } from '../commands/context.ts';
import { exitCodes } from '../exit-codes.ts';
import { describeEngine } from '../terminal/engine-report.ts';

/** `podium doctor engine`, and `podium setup --check`. */
export async function doctorEngine({ terminal, exitWith }: CommandContext, json: boolean): Promise<void> {
  const report = await inspectEngine({ thorough: true });
  if (json) terminal.out(JSON.stringify(report, undefined, 2));
  else for (const line of describeEngine(report)) terminal.out(line);
  if (report.problems.length > 0) exitWith(exitCodes.problems);
}
