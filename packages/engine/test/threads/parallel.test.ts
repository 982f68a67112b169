import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect } from 'vitest';
import { findCompiler } from '../../src/install/compile.ts';
import { readSettings } from '../../src/install/settings.ts';
import { describeNative, testNative } from '../native.ts';

const run = promisify(execFile);
const native = join(import.meta.dirname, '../../native/ops');

describeNative("the threads of Podium's ops", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'podium-threads-'));
  });
  afterAll(async () => await rm(folder, { recursive: true }));

  testNative(
    'run each chunk once, however late a thread wakes',
    async () => {
      const { command } = await findCompiler(readSettings(process.env), process.env, process.platform);
      const [compiler, ...options] = command;
      const program = join(folder, 'parallel');
      const sources = [join(import.meta.dirname, 'parallel.cc'), join(native, 'parallel.cc')];
      await run(compiler, [
        ...options,
        '-std=c++17',
        '-O2',
        '-pthread',
        '-I',
        native,
        ...sources,
        '-o',
        program,
      ]);
      // They compete for the cores.
      await expect(Promise.all([run(program), run(program), run(program)])).resolves.toHaveLength(3);
    },
    120_000,
  );
});
