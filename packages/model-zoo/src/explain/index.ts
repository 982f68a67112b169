export { attentionRollout } from './attention-rollout.ts';
export { explainImages } from './explain-images.ts';
export { type GradCamMaps, type GradCamOptions, gradCam } from './grad-cam.ts';
export type { ImageMaps } from './image-maps.ts';
