/** The label, in a run of a sweep itself, of a stage of one of its variants: `k=5/overlap`. Labels of stages have no slash. */
export const labelIn = (variant: string, label: string): string => `${variant}/${label}`;

/** The variant and the stage's own label that such a label is made of; null for a stage of the experiment itself. */
export function variantOf(label: string): {variant: string; label: string} | null {
  const slash = label.indexOf('/');
  return slash < 0 ? null : {variant: label.slice(0, slash), label: label.slice(slash + 1)};
}
