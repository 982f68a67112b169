#!/usr/bin/env node
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { runProgram } from './run-program.ts';
import { podiumCommand, type Standing } from './terminal/podium-command.ts';
import { createTerminal } from './terminal/terminal.ts';

// A reader such as `head` may close the pipe early: that is not an error.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit();
    throw error;
  });
}

const controller = new AbortController();
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

const exitCode = await runProgram(process.argv.slice(2), {
  terminal: createTerminal(process.stdout, process.stderr, process.env, {
    podium: podiumCommand(standing()),
  }),
  signal: controller.signal,
});
process.exitCode = exitCode === exitCodes.interrupted ? stoppedCode : exitCode;

function standing(): Standing {
  const { env } = process;
  const here = fileURLToPath(import.meta.url);
  const isSource = here.endsWith('.ts');
  // Bundled, this file is `bundle/node_modules/@podium/app/dist/main.js`.
  const root = resolve(here, isSource ? '../..' : '../../../../../..');
  const checkout = isSource ? resolve(root, '../..') : undefined;
  return { env, cwd: process.cwd(), bin: join(root, 'bin', 'podium.js'), checkout };
}
