import tab from '@bomb.sh/tab/commander';
import { helpText } from '../help-text.ts';
import type { AddCommand } from './context.ts';

/** Commands whose words are settings, or names of the catalog. */
const WITH_NAMES = ['run', 'train', 'doctor', 'list'];

/** Bash completes only what follows "=", and falls back to files where nothing is known. */
const BASH = `
__podium_complete_values() {
    __podium_complete
    local cur
    _get_comp_words_by_ref -n "=:" cur
    if [[ "$cur" == *=* && "$COMP_WORDBREAKS" == *=* ]]; then
        COMPREPLY=( "\${COMPREPLY[@]#"\${cur%%=*}="}" )
    fi
}
complete -o default -F __podium_complete_values podium`;

/** Must be added last: it completes only the commands that exist by then. */
export const addCompletion: AddCommand = (program, { terminal }) => {
  const root = tab(program as unknown as Parameters<typeof tab>[0], { completionCommandName: 'completion' });
  const completion = program.commands.find((command) => command.name() === 'completion');
  completion
    ?.description('print a shell script that completes commands, options, settings and their values')
    .addHelpText(
      'after',
      helpText({
        notes: 'The script completes the command podium, so your shell has to find it.',
        codes: { ok: 'printed', usage: 'unknown shell' },
        examples: [
          'podium completion bash >> ~/.bashrc',
          // biome-ignore lint/suspicious/noTemplateCurlyInString: shell syntax
          'podium completion zsh > "${fpath[1]}/_podium"',
          'podium completion fish > ~/.config/fish/completions/podium.fish',
        ],
      }),
    )
    .action((...[shell]: readonly unknown[]) => {
      root.setup('podium', 'podium', String(shell));
      if (shell === 'bash') terminal.printExactly(BASH);
      if (terminal.podium !== 'podium') {
        terminal.log('podium: your shell does not find the command podium here; an alias helps:');
        terminal.log(`  alias podium="${terminal.podium}"`);
      }
    });
  program.commands
    .find((command) => command.name() === 'complete')
    ?.action(async (...[given]: readonly unknown[]) => {
      const words = given as string[];
      const [command = ''] = words;
      const last = words.at(-1) ?? '';
      if (words.length < 2 || last.startsWith('-') || !WITH_NAMES.includes(command)) return root.parse(words);
      const { complete } = await import('../actions/complete.ts');
      const { words: found, directive } = complete(command, words.slice(1));
      for (const word of found) terminal.printExactly(word);
      terminal.printExactly(`:${directive}`);
    });
};
