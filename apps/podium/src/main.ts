#!/usr/bin/env node
import { exitCodes } from './exit-codes.ts';
import { runProgram } from './run-program.ts';
import { createTerminal } from './terminal/terminal.ts';

// A reader such as `head` may close the pipe early: that is not an error.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit();
    throw error;
  });
}

const controller = new AbortController();
// The first Ctrl-C lets the command clean up, the second one ends the process. Not `once`: the file locks' signal-exit kills
// the process if no other listener is left.
process.on('SIGINT', () => {
  if (controller.signal.aborted) process.exit(exitCodes.interrupted);
  controller.abort(new Error('stopped by Ctrl-C'));
});

process.exitCode = await runProgram(process.argv.slice(2), {
  terminal: createTerminal(process.stdout, process.stderr, process.env),
  signal: controller.signal,
});
