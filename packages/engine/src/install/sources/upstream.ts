import { existsSync } from 'node:fs';
import { copyFile, cp, mkdir, readFile, realpath, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { makePartial, publish } from '../cache.ts';
import { SourceFailure } from '../failure.ts';
import { followIncludes } from '../headers.ts';
import { hostLabel } from '../host.ts';
import type { FoundTensorflow, Job, Source } from '../job.ts';
import { describeFile, type KeptFile } from '../kept-files.ts';
import { type Layout, recognizeLayout } from '../layout.ts';
import type { Manifest } from '../manifest.ts';
import { runProgram } from '../program.ts';
import { upstreamRequest } from '../request.ts';
import { assertLoadable, foundInCache } from './cache.ts';

const LIMIT_MS = 15 * 60_000;

const require = createRequire(import.meta.url);

/** Runs a script that exits when standard input closes, because then the parent process is gone. */
const BOOTSTRAP =
  'process.stdin.resume().on("end", () => process.exit(3)).unref(); require(process.argv[1]);';

/**
 * The last resort: tfjs-node-gpu's installer, which downloads an old libtensorflow (2.9, or 2.7 on ARM) from its
 * vendor's server. It runs in a copy of the package, and only the downloaded libraries and headers are kept. The vendor
 * publishes no checksum, so the only check is that they compile and load.
 */
export const fromUpstream: Source = (job) => ({ source: 'upstream', offers: offers(job) });

async function* offers(job: Job): AsyncGenerator<FoundTensorflow> {
  if (job.settings.offline)
    throw new SourceFailure('PODIUM_OFFLINE forbids downloads', { outcome: 'skipped' });
  const packageFolder = dirname(require.resolve('@tensorflow/tfjs-node-gpu/package.json'));
  if (!existsSync(join(packageFolder, 'scripts')))
    throw new SourceFailure('only a checkout of Podium has this installer', { outcome: 'skipped' });
  const request = upstreamRequest(job.addons[0]);
  assertLoadable(job, request);
  await job.compiler();
  const folder = await makePartial(job.settings.cacheFolder);
  const gpu = job.gpu ?? false;
  const layout = await runInstaller(job, folder, packageFolder, gpu);

  const entry = join(folder, 'entry');
  const files: Record<string, KeptFile> = {};
  const keep = async (source: string, file: string): Promise<void> => {
    const target = join(entry, file);
    await mkdir(dirname(target), { recursive: true });
    await copyFile(source, target);
    files[file] = await describeFile(target);
  };
  for (const library of layout.libraries) await keep(join(layout.libraryFolder, library), `lib/${library}`);
  const readHeader = (header: string): Promise<string | undefined> =>
    readFile(join(layout.includeFolder, header), 'utf8').catch(() => undefined);
  for (const header of (await followIncludes(job.headerRoots, readHeader)).found) {
    await keep(join(layout.includeFolder, header), `include/${header}`);
  }

  const real = await realpath(join(layout.libraryFolder, layout.libraries[0]));
  const tensorflowVersion = /(\d+\.\d+\.\d+)/.exec(real.slice(dirname(real).length))?.[1] ?? 'unknown';
  const host = hostLabel(job.host);
  const name = `${tensorflowVersion}-upstream-${gpu ? 'cuda' : 'cpu'}-${host}`;
  const manifest: Manifest = {
    format: 1,
    kind: 'tensorflow',
    source: 'upstream',
    host,
    tensorflowVersion,
    gpu,
    request,
    files,
    madeOf: { installer: request },
  };
  const { folder: finished } = await publish(entry, manifest, join(job.settings.cacheFolder, name));
  const kept = await recognizeLayout(finished, job.host.os, job.headerRoots);
  if ('missing' in kept) throw new SourceFailure(kept.missing);
  yield {
    ...foundInCache(job, name, kept, manifest),
    reason: `tfjs-node-gpu's installer downloaded TensorFlow ${tensorflowVersion}`,
    // Without a checksum, a download that does not load may be incomplete.
    discard: async () => await rm(finished, { recursive: true, force: true }),
  };
}

async function runInstaller(job: Job, folder: string, packageFolder: string, gpu: boolean): Promise<Layout> {
  const copy = join(folder, 'package');
  await cp(packageFolder, copy, { recursive: true, dereference: true });
  job.emit({
    type: 'download',
    file: "libtensorflow, by tfjs-node-gpu's installer",
    folder: job.settings.cacheFolder,
  });
  const { env, signal } = job;
  const result = await runProgram(
    [process.execPath, '-e', BOOTSTRAP, join(copy, 'scripts', 'install.js'), gpu ? 'gpu' : 'cpu', 'download'],
    {
      env: {
        ...env,
        NODE_OPTIONS: '',
        NODE_PATH: createRequire(join(packageFolder, 'package.json')).resolve.paths('tar')?.join(':') ?? '',
        // Without node-pre-gyp it ends after the download: Podium compiles the binding itself.
        PATH: (env.PATH ?? '')
          .split(':')
          .filter((part) => !part.endsWith('node_modules/.bin'))
          .join(':'),
        TMPDIR: folder,
      },
      folder: copy,
      signal,
      timeLimitMs: LIMIT_MS,
      group: true,
    },
  ).catch((error: unknown) => {
    signal?.throwIfAborted();
    throw new SourceFailure(`tfjs-node-gpu's installer: ${(error as Error).message}`, { cause: error });
  });
  const layout = await recognizeLayout(join(copy, 'deps'), job.host.os, job.headerRoots);
  if (!('missing' in layout)) return layout;
  const lines = `${result.stderr}\n${result.stdout}`.split('\n');
  const error =
    lines.find((line) => /\bE[A-Z]{4,}\b/.test(line)) ?? lines.find((line) => /error/i.test(line));
  throw new SourceFailure(
    `tfjs-node-gpu's installer downloaded no TensorFlow: ${error?.trim() ?? layout.missing}`,
    {
      stop: /ENOSPC|no space left/i.test(result.stderr),
    },
  );
}
