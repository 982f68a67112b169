export { resnet } from './resnet.ts';
