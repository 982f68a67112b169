import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { failure, makeSandbox, serve, sha256, startHub, startServer, weights } from './sandbox.ts';

const HF = { kind: 'hf', repo: 'timm/net', file: 'model.safetensors' } as const;
const bytes = weights();
const TOKEN = 'hf_secretSecretSecret';

test('the token is sent to the endpoint, but not to the origin it redirects to, and not back again', async () => {
  const hub = await startHub(
    {},
    {
      before: (request, response) => {
        if (request.url?.endsWith('/model.safetensors') !== true) return false;
        response.writeHead(302, { location: `${cdn.origin}/blob` }).end();
        return true;
      },
    },
  );
  const cdn = await startServer((request, response) =>
    request.url === '/blob'
      ? response.writeHead(302, { location: `${hub.origin}/timm/net/resolve/main/config.json` }).end()
      : response.writeHead(500).end(),
  );
  const sandbox = makeSandbox({ HF_ENDPOINT: hub.origin, HF_TOKEN: ` ${TOKEN}\n` });
  await failure(sandbox.fetch(HF));
  expect(hub.requests.map(({ headers }) => headers.authorization)).toEqual([
    `Bearer ${TOKEN}`,
    `Bearer ${TOKEN}`,
    undefined,
  ]);
  expect(cdn.requests.map(({ headers }) => headers.authorization)).toEqual([undefined]);
});

test('a redirect on the same origin keeps the token, and relative redirects work', async () => {
  const hub = await startHub(
    { 'model.safetensors': bytes },
    {
      before: (request, response) => {
        if (request.url?.startsWith('/timm/net/resolve/main/model') !== true) return false;
        response.writeHead(307, { location: '../moved/model.safetensors' }).end();
        return true;
      },
    },
  );
  const sandbox = makeSandbox({ HF_ENDPOINT: hub.origin, HF_TOKEN: TOKEN });
  await sandbox.fetch(HF);
  expect(new Set(hub.requests.map(({ headers }) => headers.authorization))).toEqual(
    new Set([`Bearer ${TOKEN}`]),
  );
});

test('the checksum and commit that the hub states before a redirect on its origin hold after it', async () => {
  const commit = 'c'.repeat(40);
  const hub = await startHub(
    {},
    {
      before: (request, response) => {
        if (request.url === '/blob') {
          serve(request, response, weights(3000, 2));
          return true;
        }
        if (request.url?.endsWith('/model.safetensors') !== true) return false;
        const stated = { 'x-linked-etag': `"${sha256(bytes)}"`, 'x-repo-commit': commit };
        response.writeHead(302, { location: '/blob', ...stated }).end();
        return true;
      },
    },
  );
  const error = await failure(makeSandbox({ HF_ENDPOINT: hub.origin }).fetch(HF));
  expect(error.code).toBe('weights-checksum');
});

test('an address of another kind never gets the token', async () => {
  const server = await startServer((request, response) => serve(request, response, bytes));
  const sandbox = makeSandbox({ HF_TOKEN: TOKEN, HF_ENDPOINT: server.origin });
  await sandbox.fetch({ kind: 'url', url: `${server.origin}/a.safetensors` });
  expect(server.requests[0]?.headers.authorization).toBeUndefined();
});

test.each([401, 404, 500, 302])(
  'no error after HTTP %i shows the token, or the query of an address',
  async (status) => {
    const server = await startServer((_, response) =>
      response
        .writeHead(status, status === 302 ? { location: 'http://example.org/?X-Signature=abc' } : {})
        .end(),
    );
    const sandbox = makeSandbox({ HF_ENDPOINT: server.origin, HF_TOKEN: TOKEN });
    const errors = [
      await failure(sandbox.fetch(HF)),
      await failure(sandbox.fetch({ kind: 'url', url: `${server.origin}/a.safetensors?key=abc123` })),
    ];
    for (const error of errors) {
      const text = inspect(error, { depth: 9 });
      expect(text).toContain('127.0.0.1');
      expect(text).not.toMatch(/Secret|X-Signature|abc123/);
    }
    expect(JSON.stringify(sandbox.events)).not.toMatch(/Secret|X-Signature|abc123/);
  },
);

test('an invalid token is an error that does not show it', async () => {
  const error = await failure(makeSandbox({ HF_TOKEN: 'hf secret\nx' }).fetch(HF));
  expect(error.code).toBe('weights-setting');
  expect(error.message).not.toContain('secret');
});

test('circular and invalid redirects are errors', async () => {
  const server = await startServer((request, response) =>
    response.writeHead(302, request.url === '/no' ? {} : { location: '/circle' }).end(),
  );
  const sandbox = makeSandbox();
  const circle = await failure(sandbox.fetch({ kind: 'url', url: `${server.origin}/circle` }));
  expect(circle.message).toMatch(/redirects more than 10 times/);
  expect(server.requests).toHaveLength(11);
  expect((await failure(sandbox.fetch({ kind: 'url', url: `${server.origin}/no` }))).message).toMatch(
    /redirects to an invalid address/,
  );
});

test('plain http is spoken with this machine alone, and no other address leads there', async () => {
  const server = await startServer((_, response) =>
    response.writeHead(302, { location: 'http://weights.example.org/a.pth' }).end(),
  );
  const sandbox = makeSandbox();
  for (const url of ['http://weights.example.org/a.pth', `${server.origin}/a.pth`]) {
    const error = await failure(sandbox.fetch({ kind: 'url', url }));
    expect(error.code).toBe('weights-insecure');
    expect(error.message).toMatch(/expected https, got http/);
  }
  for (const location of ['file:///etc/passwd', 'data:text/plain,x']) {
    const liar = await startServer((_, response) => response.writeHead(302, { location }).end());
    expect((await failure(sandbox.fetch({ kind: 'url', url: `${liar.origin}/a.pth` }))).code).toBe(
      'weights-insecure',
    );
  }
});

test('a mirror of torchvision: the path stays, the name in the cache is that of the original', async () => {
  const pickle = Buffer.from([0x80, 0x02, 0x7d, 0x2e]);
  const mirror = await startServer((request, response) => serve(request, response, pickle));
  const source = { kind: 'url', url: 'https://download.pytorch.org/models/toy.pth' } as const;
  const sandbox = makeSandbox({ PODIUM_WEIGHTS_MIRROR: `${mirror.origin}/torch/` });
  const got = await sandbox.fetch(source);
  expect(mirror.asked()).toEqual(['/torch/models/toy.pth']);
  expect(got.source).toBe('https://download.pytorch.org/models/toy.pth');
  const offline = await sandbox.fetch(source, {
    env: { ...sandbox.env, PODIUM_WEIGHTS_MIRROR: '', PODIUM_OFFLINE: '1' },
  });
  expect(offline).toEqual(got);
});

test.each([
  ['HF_ENDPOINT', 'not an address'],
  ['HF_ENDPOINT', 'ftp://example.org'],
  ['PODIUM_WEIGHTS_MIRROR', 'https://user:password@example.org'],
])('%s=%s is an error that names it', async (name, value) => {
  const error = await failure(makeSandbox({ [name]: value }).fetch(HF));
  expect(error.code).toBe('weights-setting');
  expect(error.message).toContain(`${name}: expected an address`);
  expect(error.message).not.toContain('password@');
});
