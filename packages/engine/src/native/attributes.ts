/** An attribute of a TensorFlow op, as the binding expects it. */
export interface OpAttribute {
  readonly name: string;
  readonly type: number;
  readonly value: string | number | boolean | readonly number[];
}

/** TensorFlow's numbers of element types (tensorflow/c/tf_datatype.h). */
export const TfType = { float: 1, int32: 3, bool: 10, bfloat16: 14 } as const;

// Kinds of attributes, numbered as in tensorflow/c/tf_attrtype.h.
export const stringAttr = (name: string, value: string): OpAttribute => ({ name, type: 0, value });
/** A list of strings, encoded for native/binding/list_attributes.h. */
export const stringsAttr = (name: string, values: readonly string[]): OpAttribute =>
  stringAttr(name, values.map((value) => `\u001e${value}`).join(''));
export const typesAttr = (name: string, values: readonly number[]): OpAttribute =>
  stringsAttr(
    name,
    values.map((value) => `\u001f${value}`),
  );
export const intAttr = (name: string, value: number | readonly number[]): OpAttribute => ({
  name,
  type: 1,
  value,
});
export const floatAttr = (name: string, value: number): OpAttribute => ({ name, type: 2, value });
export const boolAttr = (name: string, value: boolean): OpAttribute => ({ name, type: 3, value });
export const typeAttr = (name: string, value: number): OpAttribute => ({ name, type: 4, value });

/**
 * Selects oneDNN's implementation of an op whose name begins with `_MklNative`. TensorFlow sets it when it rewrites an
 * eager op, but it does not rewrite every op that oneDNN supports.
 */
export const oneDnnKernel: OpAttribute = stringAttr('_kernel', 'MklNameChangeOp');
