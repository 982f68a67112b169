/* One installation in another process: prints every event as a line of JSON, then the result. */
import { installWith } from '../../src/install/install.ts';
import { fakeAddon } from './fake-addon.ts';

const say = (value: unknown): void => console.log(JSON.stringify(value));
const stop = new AbortController();
process.on('SIGINT', () => stop.abort(new Error('interrupted')));
say({ result: await installWith([fakeAddon], { onEvent: say, signal: stop.signal }) });
