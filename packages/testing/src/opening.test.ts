import { expect, test } from 'vitest';
import { codeOf, files, read } from './workspace.ts';

/*
 * Untrusted files are opened, written and removed by `packages/core/src/files`, which follows no link among Podium's own
 * files, opens nothing but files, and reads no more than a limit. Whatever goes around it is listed here, with the reason.
 */
const BARE =
  /\b(readFile|readFileSync|writeFile|writeFileSync|appendFile|appendFileSync|rm|rmSync|unlink|unlinkSync|createReadStream|createWriteStream|copyFile|copyFileSync|cp|cpSync|truncate|truncateSync)\b/g;

const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  // What the system says about its processors.
  'packages/pipeline/src/cluster/processor.ts': ['readFileSync'],
  // Its own temporary folder, while the process ends and nothing can be awaited.
  'packages/competition/src/run/fresh-store.ts': ['rmSync'],
  // A download and its unpacked files, into a folder of its own that it has just made.
  'packages/engine/src/install/sources/upstream.ts': ['createWriteStream', 'copyFile'],
  // From an installed package into the folder of a demo that it has just made.
  'apps/podium/src/demos/food.ts': ['copyFile'],
};

function isProduction(file: string): boolean {
  return (
    /^(packages|apps)\/[^/]+\/src\//.test(file) &&
    !/^packages\/(testing|test-kit|core\/src\/files)\//.test(file) &&
    !/\.test\.ts$|\/testing\//.test(file)
  );
}

/** What a file imports of `node:fs` that opens, writes or removes files by path. */
function bareCalls(text: string): string[] {
  const code = codeOf(text);
  const imports = [...text.matchAll(/import\s+([^;]*?)\s+from\s+'(?:node:)?fs(?:\/promises)?'/g)];
  const names = imports.flatMap(([, what = '']) => [
    ...(what.match(BARE) ?? []),
    // All of it, under a name.
    ...(/^\*|^\w/.test(what) && !what.startsWith('type ') ? ['node:fs as a whole'] : []),
  ]);
  if (/import\('(node:)?fs/.test(code) || /require\('(node:)?fs/.test(code)) names.push('node:fs as a whole');
  return [...new Set(names)].sort();
}

test('the test finds what it looks for', () => {
  expect(bareCalls("import { stat, rm,\n readFile } from 'node:fs/promises';")).toEqual(['readFile', 'rm']);
  expect(bareCalls("import * as fs from 'node:fs';")).toEqual(['node:fs as a whole']);
  expect(bareCalls("import fs from 'fs';")).toEqual(['node:fs as a whole']);
  expect(bareCalls("import { stat, type Stats } from 'node:fs';")).toEqual([]);
});

test('production code opens, writes and removes files through core, but for a few places', () => {
  const found = Object.fromEntries(
    files(/\.ts$/)
      .filter(isProduction)
      .map((file) => [file, bareCalls(read(file))] as const)
      .filter(([, names]) => names.length > 0),
  );
  const allowed = Object.fromEntries(
    Object.entries(ALLOWED).map(([file, names]) => [file, [...names].sort()]),
  );
  expect(found).toEqual(allowed);
});
