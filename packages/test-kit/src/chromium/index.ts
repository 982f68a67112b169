export { CHROMIUM_ARGUMENTS } from './arguments.ts';
export { findChromium } from './find-chromium.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Path of the browser, or the reason why there is none. */
    chromium: { readonly program?: string; readonly missing?: string };
  }
}
