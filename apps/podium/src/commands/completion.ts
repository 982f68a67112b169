import tab from '@bomb.sh/tab/commander';
import { exitCodes } from '../exit-codes.ts';
import type { AddCommand } from './context.ts';

/** Has to be the last command: it completes those that are there. */
export const addCompletion: AddCommand = (program) => {
  tab(program as unknown as Parameters<typeof tab>[0], { completionCommandName: 'completion' });
  const own = program.commands.find((command) => command.name() === 'completion');
  own?.description('print a script that lets a shell complete commands and options').addHelpText(
    'after',
    `
Exit codes:
  ${exitCodes.ok}  it was printed
  ${exitCodes.usage}  there is no such shell

Examples:
  podium completion bash >> ~/.bashrc
  podium completion zsh > "\${fpath[1]}/_podium"
  podium completion fish > ~/.config/fish/completions/podium.fish`,
  );
};
