/** Form of an artifact on disk. */
export type ArtifactKind = 'file' | 'folder';

/** A named artifact that a stage reads. */
export interface InputPort {
  readonly kind: ArtifactKind;
  /** What it contains, as a name that writers and readers agree on: `folds`, `predictions`. Types match by name. */
  readonly type: string;
  /** Takes a list of artifacts, in the order of the graph's references: the predictions of every fold. */
  readonly many?: boolean;
  readonly optional?: boolean;
}

/** A named artifact that a stage writes. */
export interface OutputPort {
  readonly kind: ArtifactKind;
  readonly type: string;
  /** Name of the file or folder inside the stage's output folder; default: the port's name. */
  readonly path?: string;
}

export type InputPorts = Readonly<Record<string, InputPort>>;
export type OutputPorts = Readonly<Record<string, OutputPort>>;

/** The path or paths at an input port of any kind. */
export type InputPath = string | readonly string[] | undefined;

/** Absolute paths by input port: a list if the port takes many, maybe undefined if it is optional. */
export type InputPaths<Inputs> = {
  readonly [Port in keyof Inputs]: Inputs[Port] extends { readonly many: true }
    ? readonly string[]
    : Inputs[Port] extends { readonly optional: true }
      ? string | undefined
      : string;
};

/** Absolute paths by output port. */
export type OutputPaths<Outputs> = { readonly [Port in keyof Outputs]: string };

/** Path of an output relative to its stage's output folder. */
export function outputPath(name: string, port: OutputPort): string {
  return port.path ?? name;
}
