import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const script = new URL('../client/main.ts', import.meta.url);
const style = new URL('../client/style.css', import.meta.url);

/** Source of `src/page/assets.ts`: the page's script and style, bundled from `client/`. */
export async function assetsSource(): Promise<string> {
  const [scriptText, styleText] = await Promise.all([bundled(script), bundled(style)]);
  return [
    '// Generated from client/ by `npm run generate`; a test checks that it is up to date.',
    '',
    `export const SCRIPT: string = ${literal(scriptText)};`,
    '',
    `export const STYLE: string = ${literal(styleText)};`,
    '',
  ].join('\n');
}

async function bundled(entry: URL): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(entry)],
    bundle: true,
    write: false,
    format: 'iife',
    target: ['chrome123', 'firefox121', 'safari17.5'],
    charset: 'ascii',
    legalComments: 'none',
    minifyWhitespace: true,
    minifySyntax: true,
    lineLimit: 120,
  });
  return outputFiles[0]?.text ?? '';
}

/** As a template literal, for readable diffs. */
function literal(text: string): string {
  return `\`${text.replaceAll('\\', '\\\\').replaceAll('`', '\\`').replaceAll('${', '\\${')}\``;
}
