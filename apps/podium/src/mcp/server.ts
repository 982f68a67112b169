import { realpath } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { readEventFolders } from '@podium/trackers';
import { z } from 'zod';
import { type CommandResult, type CommandRun, startCommand } from './command-line.ts';
import { type CommandTool, readingTools, startTool } from './tools.ts';

export interface McpOptions {
  /** Absolute, without links: tools read and write below it. */
  readonly folder: string;
  /** Whether there are tools that start and stop runs. */
  readonly allowsRuns: boolean;
}

/** A server of the Model Context Protocol; `close` stops what it has started. */
export function createMcpServer({ folder, allowsRuns }: McpOptions): {
  readonly server: McpServer;
  readonly close: () => Promise<void>;
} {
  const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };
  const server = new McpServer({ name: 'podium', version });
  const running = new Set<CommandRun>();
  const start = async (tool: CommandTool, input: object): Promise<CommandRun> => {
    for (const name of tool.paths)
      await assertInside(folder, String((input as Record<string, unknown>)[name]));
    const args = tool.args(input as never).filter((each) => each !== undefined);
    const started = startCommand(args, folder);
    running.add(started);
    const forget = () => void running.delete(started);
    started.ended.then(forget, forget);
    return started;
  };
  for (const tool of readingTools) {
    server.registerTool(
      tool.name,
      {
        description: tool.description,
        inputSchema: tool.input,
        annotations: { readOnlyHint: true, openWorldHint: false },
      },
      async (input: object, { signal }: { signal: AbortSignal }) => {
        const started = await start(tool, input);
        signal.addEventListener('abort', () => void started.child.kill(), { once: true });
        return answerOf(await started.ended, started.log);
      },
    );
  }
  server.registerTool(
    'watch_trainings',
    {
      description:
        'The latest values of trainings (loss, learning rate, validation scores), whoever started them; from their TensorBoard files.',
      inputSchema: {
        folder: z.string().default('.podium/tensorboard').describe('folder of the event files'),
        curves: z.boolean().default(false).describe('all points instead of the latest ones'),
      },
      annotations: { readOnlyHint: true, openWorldHint: false },
    },
    async ({ folder: given, curves }: { folder: string; curves: boolean }) => {
      await assertInside(folder, given);
      const trainings = await readEventFolders(join(folder, given));
      const shown = trainings.map(({ name, scalars }) => ({
        name,
        ...(curves
          ? { curves: scalars }
          : {
              latest: Object.fromEntries(
                Object.entries(scalars).map(([tag, points]) => [tag, points.at(-1)] as const),
              ),
            }),
      }));
      return answer({ trainings: shown });
    },
  );
  if (allowsRuns) addRunTools(server, start);
  return {
    server,
    close: async () => {
      for (const { child } of running) child.kill('SIGTERM');
      await Promise.allSettled([...running].map(({ ended }) => ended));
    },
  };
}

/** Tools that compute. */
function addRunTools(
  server: McpServer,
  start: (tool: CommandTool, input: object) => Promise<CommandRun>,
): void {
  const runs = new Map<string, { readonly run: CommandRun; result?: CommandResult }>();
  const known = (id: string) => {
    const found = runs.get(id);
    if (found === undefined)
      throw new Error(
        `no run has the id ${JSON.stringify(id)}; known: ${[...runs.keys()].join(', ') || 'none'}`,
      );
    return found;
  };
  const id = z.string().describe('as start_run answered');
  server.registerTool(
    startTool.name,
    {
      description: startTool.description,
      inputSchema: startTool.input,
      annotations: { readOnlyHint: false },
    },
    async (input: object) => {
      const run = await start(startTool, input);
      const name = `run-${runs.size + 1}`;
      const entry: { readonly run: CommandRun; result?: CommandResult } = { run };
      runs.set(name, entry);
      run.ended.then(
        (result) => {
          entry.result = result;
        },
        () => {
          entry.result = { exitCode: 1, output: undefined };
        },
      );
      return answer({ id: name });
    },
  );
  server.registerTool(
    'watch_run',
    {
      description:
        'How far a run is that start_run started: its latest lines, and its result once it has ended.',
      inputSchema: {
        id,
        waitSeconds: z.number().min(0).max(300).default(0).describe('wait so long for its end'),
      },
      annotations: { readOnlyHint: true },
    },
    async ({ id: given, waitSeconds }: { id: string; waitSeconds: number }) => {
      const entry = known(given);
      if (entry.result === undefined && waitSeconds > 0) {
        let timer: NodeJS.Timeout | undefined;
        const waited = new Promise<void>((done) => {
          timer = setTimeout(done, waitSeconds * 1000);
        });
        await Promise.race([entry.run.ended.catch(() => {}), waited]);
        clearTimeout(timer);
      }
      return answer({ running: entry.result === undefined, log: entry.run.log, ...entry.result });
    },
  );
  server.registerTool(
    'stop_run',
    {
      description: 'Stops a run that start_run started, as Ctrl-C does: what is done is kept.',
      inputSchema: { id },
      annotations: { readOnlyHint: false, destructiveHint: false },
    },
    async ({ id: given }: { id: string }) => {
      const { run } = known(given);
      run.child.kill('SIGTERM');
      return answer({ ...(await run.ended), log: run.log });
    },
  );
}

function answerOf({ exitCode, output }: CommandResult, log: readonly string[]): CallToolResult {
  // Problems that a check found are an answer.
  const isError = exitCode !== 0 && exitCode !== 3;
  return answer({ exitCode, output, ...(isError && { log }) }, isError);
}

function answer(content: Record<string, unknown>, isError = false): CallToolResult {
  return {
    content: [{ type: 'text', text: JSON.stringify(content, undefined, 1) }],
    structuredContent: JSON.parse(JSON.stringify(content)) as Record<string, unknown>,
    isError,
  };
}

/** @throws Error if a path leads out of the folder, through links as well */
async function assertInside(folder: string, path: string): Promise<void> {
  const whole = resolve(folder, path);
  const real = await realpath(whole).catch(() => whole);
  for (const each of [whole, real]) {
    const way = relative(folder, each);
    if (isAbsolute(way) || way.split(/[\\/]/)[0] === '..')
      throw new Error(`${JSON.stringify(path)} is outside of the folder that is served`);
  }
}
