import { expect, test } from 'vitest';
import { OUTDATED } from './outdated.ts';
import { read } from './workspace.ts';

interface Locked {
  /** Where it is not that of its folder: another package stands for it. */
  readonly name?: string;
  readonly version?: string;
  readonly dev?: boolean;
  readonly hasInstallScript?: boolean;
}

const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, Locked> };
const installed = Object.entries(packages).flatMap(([path, locked]) => {
  const [, name] = /^.*node_modules\/(.+)$/.exec(path) ?? [];
  return name === undefined ? [] : [{ path, ...locked, name: locked.name ?? name }];
});

test('no outdated package is installed, not even for development', () => {
  expect(installed.length).toBeGreaterThan(200);
  const outdated = installed.filter(
    ({ name, version = '0' }) => Number.parseInt(version, 10) < (OUTDATED.get(name) ?? 0),
  );
  expect(outdated.map(({ path, version }) => `${path} ${version}`)).toEqual([]);
});

test('what users install has no install scripts, except one that npm is told not to run', () => {
  expect(read('.npmrc')).toContain('ignore-scripts=true');
  const scripted = installed.filter(({ dev, hasInstallScript }) => dev !== true && hasInstallScript === true);
  // It only prints; the tarball of the app has TensorFlow.js in it and does not need it.
  expect(scripted.map(({ name }) => name)).toEqual(['core-js']);
});
