#!/usr/bin/env node
// The command `podium`. In the checkout it runs the TypeScript sources, which are always current; a package that was made by
// `npm pack` has no sources and runs what the build has bundled.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const source = new URL('../src/main.ts', import.meta.url);
if (existsSync(source)) runSource();
else await import('../bundle/node_modules/@podium/app/dist/main.js');

/** Node.js takes the options that sources need only at its start, so they run in a process of their own. */
function runSource() {
  const options = ['--conditions=@podium/source', '--import', import.meta.resolve('tsx')];
  const child = spawn(process.execPath, [...options, fileURLToPath(source), ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  // Ctrl-C reaches both processes, and the other one says how it ends.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('error', (error) => {
    throw error;
  });
  child.on('exit', (code, signal) => {
    if (signal === null) process.exitCode = code ?? 1;
    else {
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    }
  });
}
