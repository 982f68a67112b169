import { spawnSync } from 'node:child_process';

/** What the tests of test/install build and run for real, and this machine lacks; empty where they can run. */
export function missingTools(): string[] {
  const tools: [name: string, command: string, ...parameters: string[]][] = [
    ['a C compiler (cc)', 'cc', '--version'],
    ['a C++ compiler (c++)', 'c++', '--version'],
    ['Python with pip', 'python3', '-m', 'pip', '--version'],
  ];
  return tools
    .filter(([, command, ...parameters]) => spawnSync(command, parameters, { stdio: 'ignore' }).status !== 0)
    .map(([name]) => name);
}
