export { rotation } from './rotation.ts';
export { simClr } from './simclr.ts';
