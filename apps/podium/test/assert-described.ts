import { isDeepStrictEqual } from 'node:util';
import { jsonOutputs } from '../src/json-outputs.ts';

/** Commands whose output was checked in this process. */
export const described = new Set<string>();

/** The command of a command line: the longest name that it begins with. */
export function commandIn(args: readonly string[]): string {
  const two = args.slice(0, 2).join(' ');
  return jsonOutputs[two] === undefined ? (args[0] ?? '') : two;
}

/** @throws Error if an output is not as its schema says, or has a key that the schema does not describe */
export function assertDescribed(command: string, output: unknown): void {
  const schema = jsonOutputs[command];
  if (schema === undefined) throw new Error(`json-outputs.ts has no schema of "podium ${command}"`);
  const parsed = schema.safeParse(output);
  if (!parsed.success) throw new Error(`"podium ${command} --json": ${parsed.error.message}`);
  // Keys without a description are gone after parsing.
  if (!isDeepStrictEqual(parsed.data, output))
    throw new Error(
      `"podium ${command} --json" prints keys that json-outputs.ts does not describe: ${JSON.stringify(output).slice(0, 2000)}`,
    );
  described.add(command);
}
