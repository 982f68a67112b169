export { densenet } from './densenet.ts';
export { efficientnet } from './efficientnet.ts';
export { mobilenetv2 } from './mobilenetv2.ts';
export { mobilenetv3 } from './mobilenetv3.ts';
export { regnet } from './regnet.ts';
export { resnet } from './resnet.ts';
export { squeezenet } from './squeezenet.ts';
export { vgg } from './vgg.ts';
