import { realpath, stat } from 'node:fs/promises';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { fileError, PodiumError } from '@podium/core';
import type { CommandContext } from '../commands/context.ts';
import { createMcpServer } from '../mcp/server.ts';

/** `podium mcp`: ends when the client does, or by Ctrl-C. */
export async function mcp(
  { signal, terminal }: CommandContext,
  given: string,
  { allowRun }: { readonly allowRun?: true },
): Promise<void> {
  const folder = await realpath(given).catch((error) => {
    throw fileError(error, given, 'read');
  });
  if (!(await stat(folder)).isDirectory()) {
    throw new PodiumError({ code: 'mcp-folder', path: { file: given }, expected: 'a folder', got: 'a file' });
  }
  const { server, close } = createMcpServer({ folder, allowsRuns: allowRun === true });
  const ended = new Promise<void>((resolve) => {
    process.stdin.once('end', resolve);
    process.stdin.once('close', resolve);
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  await server.connect(new StdioServerTransport());
  terminal.log(
    `podium: serving ${folder} by the Model Context Protocol; ${allowRun ? 'runs can be started' : 'read-only'}`,
  );
  await ended;
  await close();
  await server.close();
  signal.throwIfAborted();
}
