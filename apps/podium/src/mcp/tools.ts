import { z } from 'zod';

/*
 * Each tool is a command line. What a client gives is one argument or several, never an option: it cannot begin with "-".
 */

const argument = z.string().min(1).max(1000).regex(/^[^-]/, 'not an option: it must not begin with "-"');
const path = argument.describe('a path below the folder that is served');
const run = argument.describe("a run's name, as list_runs shows it");
const overrides = z
  .array(argument.regex(/^[\w.[\]]+=/, 'a setting as KEY=VALUE: train.epochs=5'))
  .max(100)
  .default([])
  .describe('settings that win over those of the file: train.epochs=5');

export interface CommandTool {
  readonly name: string;
  readonly description: string;
  readonly input: z.ZodRawShape;
  /** Inputs that are paths. */
  readonly paths: readonly string[];
  /** @param given valid input */
  readonly args: (given: Readonly<Record<string, never>>) => readonly (string | undefined)[];
}

function defineTool<Shape extends z.ZodRawShape>(tool: {
  readonly name: string;
  readonly description: string;
  readonly input: Shape;
  readonly paths?: readonly (keyof Shape & string)[];
  readonly args: (given: z.output<z.ZodObject<Shape>>) => readonly (string | undefined)[];
}): CommandTool {
  return { paths: [], ...tool } as unknown as CommandTool;
}

/** Tools that only read. */
export const readingTools: readonly CommandTool[] = [
  defineTool({
    name: 'describe_podium',
    description: 'All commands with their options and exit codes, and the JSON Schema of podium.yaml.',
    input: {},
    args: () => ['help', '--json'],
  }),
  defineTool({
    name: 'list_catalog',
    description: 'What settings can name: metrics, losses, augmentations, ... Without a kind: the kinds.',
    input: {
      kind: argument.optional().describe('such as metrics'),
      name: argument.optional().describe('one entry, or a glob'),
    },
    args: ({ kind, name }) => ['list', kind, kind === undefined ? undefined : name, '--json'],
  }),
  defineTool({
    name: 'list_models',
    description: 'Names of models, by a glob such as resnet*.',
    input: { glob: argument.optional(), family: argument.optional() },
    args: ({ glob, family }) => [
      'models',
      'list',
      glob,
      ...(family === undefined ? [] : ['--family', family]),
      '--json',
    ],
  }),
  defineTool({
    name: 'show_model',
    description: 'Parameters, multiply-adds and published weights of a model.',
    input: { name: argument },
    args: ({ name }) => ['models', 'show', name, '--json'],
  }),
  defineTool({
    name: 'inspect_folder',
    description: 'Checks a competition folder for damaged images, duplicates and leaks. May take minutes.',
    input: { folder: path },
    paths: ['folder'],
    args: ({ folder }) => ['inspect', folder, '--json'],
  }),
  defineTool({
    name: 'plan_run',
    description: 'What a run would compute, stage by stage, and why each result is not cached.',
    input: { settings: path.default('.'), overrides },
    paths: ['settings'],
    args: ({ settings, overrides: given }) => ['run', settings, ...given, '--plan', '--json'],
  }),
  defineTool({
    name: 'list_runs',
    description: 'Finished runs of each competition with their scores, best first.',
    input: { competition: argument.optional() },
    args: ({ competition }) => ['runs', 'list', competition, '--json'],
  }),
  defineTool({
    name: 'show_run',
    description: 'The record of a run: inputs, settings, decisions, scores.',
    input: { run },
    args: ({ run: name }) => ['runs', 'show', name, '--json'],
  }),
  defineTool({
    name: 'compare_runs',
    description: 'How two runs differ, and whether their scores differ beyond noise.',
    input: { before: run, after: run },
    args: ({ before, after }) => ['runs', 'compare', before, after, '--json'],
  }),
  defineTool({
    name: 'verify_run',
    description: 'Checks the files of a run against its record and their signatures.',
    input: { run },
    args: ({ run: name }) => ['verify', name, '--json'],
  }),
];

/** A run to start, where that is allowed. */
export const startTool: CommandTool = defineTool({
  name: 'start_run',
  description:
    'Starts a run (or a training without a submission) in the background. watch_run says how far it is; the same call resumes one that was stopped.',
  input: {
    command: z.enum(['run', 'train', 'finish']).default('run'),
    settings: path.default('.'),
    overrides,
    name: argument.optional().describe('what the run is called'),
  },
  paths: ['settings'],
  args: ({ command, settings, overrides: given, name }) => [
    command,
    settings,
    ...given,
    ...(name === undefined ? [] : ['--name', name]),
    '--json',
  ],
});
