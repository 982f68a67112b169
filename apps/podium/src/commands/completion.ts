import tab from '@bomb.sh/tab/commander';
import { helpText } from '../help-text.ts';
import type { AddCommand } from './context.ts';

/** Must be added last: it completes only the commands that exist by then. */
export const addCompletion: AddCommand = (program) => {
  tab(program as unknown as Parameters<typeof tab>[0], { completionCommandName: 'completion' });
  const completion = program.commands.find((command) => command.name() === 'completion');
  completion?.description('print a shell script that completes commands and options').addHelpText(
    'after',
    helpText({
      codes: { ok: 'printed', usage: 'unknown shell' },
      examples: [
        'podium completion bash >> ~/.bashrc',
        // biome-ignore lint/suspicious/noTemplateCurlyInString: shell syntax
        'podium completion zsh > "${fpath[1]}/_podium"',
        'podium completion fish > ~/.config/fish/completions/podium.fish',
      ],
    }),
  );
};
