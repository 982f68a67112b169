import { join } from 'node:path';
import { build } from 'esbuild';

const client = join(import.meta.dirname, '..', 'client');

/** What `src/page/assets.ts` has to say: the page's script and style, bundled from `client/`. */
export async function assetsSource(): Promise<string> {
  const [script, style] = await Promise.all(['main.ts', 'style.css'].map(bundled));
  return [
    '// Made from client/ by `npm run generate`; a test compares.',
    '',
    `export const SCRIPT: string = ${literal(script as string)};`,
    '',
    `export const STYLE: string = ${literal(style as string)};`,
    '',
  ].join('\n');
}

async function bundled(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(client, entry)],
    bundle: true,
    write: false,
    format: 'iife',
    target: ['chrome123', 'firefox121', 'safari17.5'],
    charset: 'ascii',
    legalComments: 'none',
    // Comments with the paths of sources help nobody in the page.
    minifyWhitespace: true,
    minifySyntax: true,
    lineLimit: 120,
  });
  return outputFiles[0]?.text ?? '';
}

/** As a template, so that changes can be read. */
function literal(text: string): string {
  return `\`${text.replaceAll('\\', '\\\\').replaceAll('`', '\\`').replaceAll('${', '\\${')}\``;
}
