import { spawnSync } from 'node:child_process';
import { delimiter } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ExitCode } from '../src/exit-codes.ts';
import { runProgram } from '../src/run-program.ts';
import { assertDescribed, commandIn } from './assert-described.ts';
import { recordingTerminal } from './recording-terminal.ts';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

/** Arguments of Node.js that start Podium from its sources. */
export const PODIUM_ARGS = ['--conditions=@podium/source', '--import', import.meta.resolve('tsx'), MAIN];

/** Runs Podium in this process; its stages still run in theirs. */
export async function runPodium(
  ...args: readonly string[]
): Promise<{ code: ExitCode; stdout: string; stderr: string }> {
  const terminal = recordingTerminal();
  const code = await runProgram(args, { terminal, signal: new AbortController().signal });
  const stdout = terminal.printed.join('\n');
  // Whatever test asks for JSON, it has to be as docs/schemas says.
  if (args.includes('--json') && !args.includes('--help') && stdout !== '')
    assertDescribed(commandIn(args), JSON.parse(stdout));
  return { code, stdout, stderr: terminal.logged.join('\n') };
}

/** As if the shell found the command `podium`: hints then name it, however the tests were started. */
const ENV: NodeJS.ProcessEnv = {
  ...process.env,
  npm_lifecycle_event: undefined,
  PATH: [fileURLToPath(new URL('../../../node_modules/.bin', import.meta.url)), process.env.PATH].join(
    delimiter,
  ),
};

/** Runs Podium in its own process. */
export function spawnPodium(
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...PODIUM_ARGS, ...args], {
    encoding: 'utf8',
    env: ENV,
    ...options,
  });
  return { status, stdout, stderr };
}
