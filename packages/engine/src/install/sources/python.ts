import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { addonsFolder, listEntries } from '../cache.ts';
import { briefly, SourceFailure, systemCode } from '../failure.ts';
import type { FoundTensorflow, Job, Source } from '../job.ts';
import { type Layout, recognizeLayout } from '../layout.ts';
import { runProgram } from '../program.ts';
import { OLDEST_INSTALLED } from '../request.ts';

/** Finds the package without importing it, which would take seconds. */
const SCRIPT = `
import sys
sys.path = [folder for folder in sys.path if folder]
import importlib.metadata, importlib.util, json
spec = importlib.util.find_spec("tensorflow")
folders = list(spec.submodule_search_locations or []) if spec and spec.origin else []
version = None
for name in ("tensorflow", "tensorflow-cpu", "tensorflow-cpu-aws", "tensorflow-intel", "tensorflow-macos", "tf-nightly"):
    try:
        version = version or importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        pass
print(json.dumps({"folder": folders[0] if folders else None, "version": version}))
`;

/** The Python package of PODIUM_PYTHON's interpreter, or of `python3` or `python`. It is used in place. */
export const fromPython: Source = (job) => ({ source: 'python', offers: offers(job) });

/** Python packages that addons were compiled for earlier; starts no interpreter. */
export const fromKnownPython: Source = (job) => ({ source: 'python', offers: knownOffers(job) });

async function* offers(job: Job): AsyncGenerator<FoundTensorflow> {
  const reasons: string[] = [];
  for (const python of job.settings.pythons) {
    const result = await findPackage(job, python);
    if ('layout' in result) yield result;
    else reasons.push(result.missing);
  }
  if (reasons.length > 0) throw new SourceFailure(reasons.join('; '), { outcome: 'skipped' });
}

async function* knownOffers(job: Job): AsyncGenerator<FoundTensorflow> {
  for (const { manifest } of await listEntries(addonsFolder(job.settings.cacheFolder))) {
    if (manifest instanceof Error || manifest.source !== 'python' || manifest.libraryFolder === undefined)
      continue;
    if (!job.settings.pythons.includes(manifest.request)) continue;
    const layout = await recognizeLayout(manifest.libraryFolder, job.host.os, job.headerRoots);
    if ('missing' in layout || mismatchOf(job, layout) !== undefined) continue;
    yield foundInPython(manifest.request, layout, manifest.tensorflowVersion);
  }
}

async function findPackage(
  job: Job,
  python: string,
): Promise<FoundTensorflow | { readonly missing: string }> {
  const answer = await runScript(job, python);
  if ('missing' in answer) return answer;
  const { folder, version } = answer;
  if (folder === null) return { missing: `${python} has no package tensorflow` };
  const [major = 0, minor = 0] = (version ?? '').split('.').map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_INSTALLED;
  if (version !== null && (major !== oldestMajor || minor < oldestMinor)) {
    return { missing: `${python} has TensorFlow ${version}, but 2.${oldestMinor} or newer is required` };
  }
  const layout = await recognizeLayout(folder, job.host.os, job.headerRoots);
  if ('missing' in layout) {
    return { missing: `${python} has an incomplete TensorFlow: ${layout.missing}` };
  }
  const mismatch = mismatchOf(job, layout);
  return mismatch === undefined
    ? foundInPython(python, layout, version ?? '')
    : { missing: `${python} has TensorFlow ${version}, ${mismatch}` };
}

interface Answer {
  readonly folder: string | null;
  readonly version: string | null;
}

async function runScript(
  { env, signal }: Job,
  python: string,
): Promise<Answer | { readonly missing: string }> {
  try {
    const command = [python, '-c', SCRIPT];
    const { status, stdout, stderr } = await runProgram(command, {
      env,
      folder: '/',
      signal,
      timeLimitMs: 60_000,
    });
    if (status !== 0) return { missing: `${python} failed: ${stderr.trim().split('\n').at(-1)}` };
    // Python's startup files may print something first.
    return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Answer;
  } catch (error) {
    signal?.throwIfAborted();
    return {
      missing: systemCode(error) === 'ENOENT' ? `${python} is not installed` : `${python}: ${briefly(error)}`,
    };
  }
}

function mismatchOf(job: Job, { cuda, libraryFolder }: Layout): string | undefined {
  if (job.gpu === true && cuda && !existsSync(join(libraryFolder, '..', 'nvidia'))) {
    return "a CUDA build without NVIDIA's libraries: install tensorflow[and-cuda] to use it";
  }
  if (job.gpu === undefined || job.gpu === cuda) return undefined;
  return `a ${cuda ? 'CUDA' : 'CPU'} build, but a ${job.gpu ? 'CUDA' : 'CPU'} build was requested`;
}

function foundInPython(python: string, layout: Layout, version: string): FoundTensorflow {
  return {
    layout,
    origin: 'python',
    request: python,
    gpu: layout.cuda,
    entry: undefined,
    reason: `TensorFlow ${version} of ${python}, in ${layout.libraryFolder}`,
  };
}
