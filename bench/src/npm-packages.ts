import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Downloads npm packages that contain data, with the user's npm, and unpacks each into a folder of its own.
 * @param specs names with exact versions, whose content npm checks against its registry's hashes
 * @param scratch a temporary folder
 * @returns the folders, in the order of `specs`
 * @throws Error if npm cannot download them, or there is no `tar`
 */
export async function unpackNpm(specs: readonly string[], scratch: string): Promise<string[]> {
  const words = ['pack', ...specs, '--json', '--ignore-scripts', '--pack-destination', scratch];
  const { stdout } = await run('npm', words, { cwd: scratch, maxBuffer: 1 << 28 });
  const packed = JSON.parse(stdout) as {
    readonly name: string;
    readonly version: string;
    filename: string;
  }[];
  const folders: string[] = [];
  for (const spec of specs) {
    const { filename } = packed.find(({ name, version }) => `${name}@${version}` === spec)!;
    const folder = join(scratch, `package-${folders.length}`);
    await mkdir(folder);
    // Some versions of npm report the name of a scoped package instead of its file name.
    const archive = join(scratch, filename.replace(/^@/, '').replaceAll('/', '-'));
    await run('tar', ['-xzf', archive, '--strip-components', '1', '-C', folder]);
    folders.push(folder);
  }
  return folders;
}
