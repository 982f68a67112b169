import { findCompiler } from './compile.ts';
import { SourceFailure } from './failure.ts';
import { thisHost, wheelTarget } from './host.ts';
import { newJob } from './job.ts';
import { findPip } from './pip.ts';

/**
 * What this machine lacks for an installation of TensorFlow, and how to fix it. If nothing is missing, it is just not
 * installed yet.
 */
export async function whatIsMissing(): Promise<{ readonly what: string; readonly fix: string }[]> {
  const job = await newJob({}, []);
  const { offline } = job.settings;
  const missing: { what: string; fix: string }[] = [];
  const check = async (fix: string, examine: () => Promise<unknown>): Promise<void> => {
    try {
      await examine();
    } catch (error) {
      if (!(error instanceof SourceFailure)) throw error;
      missing.push({ what: error.message, fix });
    }
  };
  await check('then run "podium setup"', async () => await findCompiler(job.settings, job.env, job.host.os));
  await check('install Python 3 with pip, then run "podium setup"', async () => await findPip(job));
  const target = wheelTarget(thisHost(), false);
  if ('unsupported' in target) {
    missing.push({
      what: target.unsupported,
      fix: 'set PODIUM_TENSORFLOW to a folder with a build for this machine',
    });
  }
  if (offline) missing.push({ what: 'PODIUM_OFFLINE forbids downloads', fix: 'unset it for "podium setup"' });
  return missing.length > 0
    ? missing
    : [{ what: 'TensorFlow is not installed on this machine', fix: 'run "podium setup"' }];
}
