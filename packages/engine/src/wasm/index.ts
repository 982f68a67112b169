export { loadWasm } from './load.ts';
