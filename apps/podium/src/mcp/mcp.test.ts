import { mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { LEAVES_YAML, writeLeaves } from '@podium/competition/testing';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { PODIUM_ARGS } from '../../test/run-podium.ts';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'podium-mcp-')));
beforeAll(async () => {
  await writeLeaves(folder);
  writeFileSync(join(folder, 'podium.yaml'), `${LEAVES_YAML}metric: accuracy\nthreads: 1\nreport: false\n`);
  symlinkSync('/etc', join(folder, 'outside'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The SDK's own client, connected to `podium mcp`. */
async function connect(...options: string[]): Promise<Client> {
  const client = new Client({ name: 'test', version: '1.0.0' });
  const args = [...PODIUM_ARGS, 'mcp', folder, ...options];
  await client.connect(new StdioClientTransport({ command: process.execPath, args, stderr: 'ignore' }));
  onTestFinished(() => client.close());
  return client;
}

interface Answer {
  readonly isError?: boolean;
  readonly text: string;
  readonly content: Readonly<Record<string, unknown>>;
}

async function call(client: Client, name: string, args: Record<string, unknown> = {}): Promise<Answer> {
  const result = await client.callTool({ name, arguments: args }, undefined, { timeout: 300_000 });
  const [first] = result.content as { text: string }[];
  return {
    isError: result.isError === true,
    text: first!.text,
    content: (result.structuredContent ?? {}) as Answer['content'],
  };
}

test('without --allow-run all tools only read, and stay in the folder', { timeout: 300_000 }, async () => {
  const client = await connect();
  const { tools } = await client.listTools();
  expect(tools.length).toBeGreaterThan(8);
  for (const { name, description, annotations } of tools) {
    expect(description, name).toBeTruthy();
    expect(annotations?.readOnlyHint, name).toBe(true);
  }
  expect(tools.map(({ name }) => name)).not.toContain('start_run');
  const { content } = await call(client, 'inspect_folder', { folder: 'data' });
  expect(content).toMatchObject({ exitCode: 0, output: { layout: 'csv' } });
  for (const hostile of ['/etc', '..', 'outside', '../x', '--fix=/tmp/x', '-v']) {
    const { isError, text } = await call(client, 'inspect_folder', { folder: hostile });
    expect([isError, text], hostile).toEqual([true, expect.stringMatching(/outside of|option/)]);
  }
  const unknown = await call(client, 'show_run', { run: 'unknown' });
  expect([unknown.isError, unknown.text]).toEqual([true, expect.stringContaining('no run of this name')]);
});

test('with --allow-run a run is started, watched and compared', { timeout: 600_000 }, async () => {
  const client = await connect('--allow-run');
  const { content: started } = await call(client, 'start_run', { name: 'one', settings: 'podium.yaml' });
  const id = started.id as string;
  const watch = () => call(client, 'watch_run', { id, waitSeconds: 240 });
  const { content: ended } = await watch();
  expect(ended).toMatchObject({ running: false, exitCode: 0, output: { run: 'one' } });
  const { content: runs } = await call(client, 'list_runs');
  expect(JSON.stringify(runs)).toContain('"one"');
  const { content: compared } = await call(client, 'compare_runs', { before: 'one', after: 'one' });
  expect(compared).toMatchObject({ exitCode: 0, output: { differences: [] } });
  const { content: watched } = await call(client, 'watch_trainings');
  const { trainings } = watched as { trainings: { name: string; latest: Record<string, number[]> }[] };
  expect(trainings.map(({ name }) => name)).toEqual([
    expect.stringMatching(/^train_small-net/),
    expect.stringMatching(/^train_small-net/),
  ]);
  expect(trainings[0]!.latest['epoch/number']?.[1]).toBe(1);
  expect((await call(client, 'stop_run', { id: 'none' })).text).toContain('no run has the id');
});
