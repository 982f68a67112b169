import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** The Chromium to test in: `PODIUM_CHROMIUM`, or one on the PATH; undefined where there is none. */
export function findChromium(): string | undefined {
  const { PODIUM_CHROMIUM: given, PATH = '' } = process.env;
  const places = PATH.split(delimiter).filter((folder) => folder !== '');
  const candidates = [
    ...(given === undefined ? [] : [given]),
    ...NAMES.flatMap((name) => places.map((folder) => join(folder, name))),
  ];
  return candidates.find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
