#!/usr/bin/env node
import { run } from './program.ts';
import { makeTerminal } from './terminal/terminal.ts';

// Whoever reads the output may stop reading it, as head does: then there is nobody to write for.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit();
    throw error;
  });
}

const stop = new AbortController();
// The first Ctrl-C lets the command clean up; the second one ends it.
process.once('SIGINT', () => stop.abort(new Error('stopped by Ctrl-C')));

process.exitCode = await run(process.argv.slice(2), {
  terminal: makeTerminal(process.stdout, process.stderr, process.env),
  signal: stop.signal,
});
