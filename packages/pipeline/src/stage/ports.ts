/** What an artifact is on disk. */
export type ArtifactKind = 'file' | 'folder';

/** A named artifact that a stage reads. */
export interface InputPort {
  readonly kind: ArtifactKind;
  /** What it holds, in the words of those who write and read it: `folds`, `predictions`. Types match by name. */
  readonly type: string;
  /** A list of artifacts, in the order that the graph gives: the predictions of every fold. */
  readonly many?: boolean;
  /** May be left out. */
  readonly optional?: boolean;
}

/** A named artifact that a stage writes. */
export interface OutputPort {
  readonly kind: ArtifactKind;
  readonly type: string;
  /** Name of the file or folder inside the stage's output folder; the port's name where left out. */
  readonly path?: string;
}

export type InputPorts = Readonly<Record<string, InputPort>>;
export type OutputPorts = Readonly<Record<string, OutputPort>>;

/** What is found at a port of any kind. */
export type InputPath = string | readonly string[] | undefined;

/** Absolute paths, a list where the port takes many, maybe undefined where it is optional. */
export type InputPaths<Inputs> = {
  readonly [Port in keyof Inputs]: Inputs[Port] extends { readonly many: true }
    ? readonly string[]
    : Inputs[Port] extends { readonly optional: true }
      ? string | undefined
      : string;
};

export type OutputPaths<Outputs> = { readonly [Port in keyof Outputs]: string };

/** Where an output lies inside its stage's output folder. */
export function outputPath(name: string, port: OutputPort): string {
  return port.path ?? name;
}
