import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { hostLabel, thisHost } from '../../src/install/host.ts';
import { libraryNames } from '../../src/install/layout.ts';
import { makeSandbox, type Sandbox, tensorflowFiles } from './fake-tensorflow.ts';
import { attemptsAt, loads, setUp } from './set-up.ts';

// A local server instead of the vendor's, which is asked for `libtensorflow-cpu-linux-x86_64-2.9.1.tar.gz`.
const runsHere = hostLabel(thisHost()) === 'linux-x64';

test.skipIf(!runsHere)(
  'where pip has nothing, the release of libtensorflow is used that tfjs-node is made for',
  async () => {
    const sandbox = await upstreamSandbox((archive) => archive);
    const result = await setUp(sandbox);
    expect(result.library).toMatchObject({ source: 'upstream', tensorflowVersion: '2.9.1' });
    expect(loads(result)).toBe('2.9.1');
    const offline = { ...sandbox, env: { ...sandbox.env, PODIUM_OFFLINE: '1', PATH: '/nowhere' } };
    expect((await setUp(offline)).library?.source).toBe('cache');
  },
);

test.skipIf(!runsHere)('an incomplete download is not kept', async () => {
  const sandbox = await upstreamSandbox((archive) => archive.subarray(0, archive.length / 2));
  const result = await setUp(sandbox);
  expect(result.library).toBeUndefined();
  expect(attemptsAt('upstream', result)).toEqual([expect.stringMatching(/^failed: /)]);
  expect(readdirSync(sandbox.cache)).toEqual([]);
});

async function upstreamSandbox(edit: (archive: Buffer) => Buffer): Promise<Sandbox> {
  const sandbox = makeSandbox({ wheel: null });
  const archive = edit(releaseArchive(sandbox));
  const server = createServer((request, response) => {
    response.statusCode = request.url?.endsWith('/libtensorflow-cpu-linux-x86_64-2.9.1.tar.gz') ? 200 : 404;
    response.end(response.statusCode === 200 ? archive : '');
  });
  await new Promise<void>((fulfil) => server.listen(0, '127.0.0.1', fulfil));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const env = { ...sandbox.env, TFJS_NODE_BASE_URI: `http://127.0.0.1:${port}/libtensorflow-` };
  return { ...sandbox, env };
}

/** A release of libtensorflow as its vendor packs it: versioned libraries with links to them, and headers. */
function releaseArchive({ folder }: Sandbox): Buffer {
  const release = join(folder, 'release');
  const { apis, framework } = libraryNames(process.platform);
  mkdirSync(join(release, 'lib'), { recursive: true });
  for (const [path, bytes] of Object.entries(tensorflowFiles('2.9.1', { api: apis[1] ?? '' }))) {
    const name = path.replace('tensorflow/', '');
    if (name === apis[1] || name === framework) {
      writeFileSync(join(release, 'lib', `${name}.9.1`), bytes);
      symlinkSync(`${name}.9.1`, join(release, 'lib', name));
    } else if (path.startsWith('tensorflow/include/')) {
      const target = join(release, path.replace('tensorflow/include/', 'include/'));
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, bytes);
    }
  }
  const archive = join(folder, 'release.tar.gz');
  execFileSync('tar', ['-czf', archive, '-C', release, 'lib', 'include']);
  expect(statSync(archive).size).toBeGreaterThan(1000);
  return readFileSync(archive);
}
