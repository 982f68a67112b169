#!/usr/bin/env node
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { runProgram } from './run-program.ts';
import { describeError } from './terminal/describe-error.ts';
import { podiumCommand, type Standing } from './terminal/podium-command.ts';
import { createTerminal } from './terminal/terminal.ts';
import { watchOutput } from './terminal/watch-output.ts';

const { stdout, stderr } = process;
const terminal = createTerminal(stdout, stderr, process.env, { podium: podiumCommand(standing()) });
const controller = new AbortController();
const exitCodeOf = watchOutput({
  stdout,
  stderr,
  onClosed: (reason) => controller.abort(reason),
});
let stoppedCode: ExitCode = exitCodes.interrupted;
// The first signal lets the command clean up, the second one ends the process. Not `once`: the file locks' signal-exit kills
// the process if no other listener is left.
for (const [name, code, by] of [
  ['SIGINT', exitCodes.interrupted, 'Ctrl-C'],
  ['SIGTERM', exitCodes.terminated, 'SIGTERM'],
] as const) {
  process.on(name, () => {
    if (controller.signal.aborted) process.exit(code);
    stoppedCode = code;
    controller.abort(new Error(`stopped by ${by}`));
  });
}
// What no command catches is a fault of Podium's; its message still holds names of files.
process.on('uncaughtException', (error) => {
  for (const line of describeError(error)) terminal.log(line);
  process.exit(exitCodes.failed);
});

const exitCode = await runProgram(process.argv.slice(2), { terminal, signal: controller.signal });
process.exitCode = exitCode === exitCodes.interrupted ? stoppedCode : exitCode;
// A stream tells what it could not write after the last line of the program.
process.on('exit', (code) => {
  process.exitCode = exitCodeOf(code as ExitCode);
});

function standing(): Standing {
  const { env } = process;
  const here = fileURLToPath(import.meta.url);
  const isSource = here.endsWith('.ts');
  // Bundled, this file is `bundle/node_modules/@podium/app/dist/main.js`.
  const root = resolve(here, isSource ? '../..' : '../../../../../..');
  const checkout = isSource ? resolve(root, '../..') : undefined;
  return { env, cwd: process.cwd(), bin: join(root, 'bin', 'podium.js'), checkout };
}
