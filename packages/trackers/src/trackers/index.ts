// Every tracker, one line each.
export { mlflow } from './mlflow.ts';
export { tensorboard } from './tensorboard.ts';
export { wandb } from './wandb.ts';
