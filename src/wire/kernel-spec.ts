/**
 * The description by which Jupyter finds and starts a kernel: `kernels/pxlab/kernel.json`.
 *
 * Field names are the file's own. Source:
 * https://jupyter-client.readthedocs.io/en/stable/kernels.html#kernel-specs
 */
export interface KernelSpec {
  readonly argv: readonly string[];
  readonly displayName: string;
  readonly language: string;
  /** First folder that had to be made for the file, so that a removal leaves nothing. */
  readonly madeFolder: string | undefined;
}

export function formatKernelSpec({ argv, displayName, language, madeFolder }: KernelSpec): string {
  const spec = {
    argv,
    display_name: displayName,
    language,
    // Cells run in the main thread: a signal would miss the moments in which it does not listen.
    interrupt_mode: 'message',
    metadata: { pxlab: madeFolder === undefined ? {} : { made_folder: madeFolder } },
  };
  return `${JSON.stringify(spec, undefined, 2)}\n`;
}

/** The folder that was made for a file of ours; undefined when none was, or the file is damaged. */
export function madeFolderIn(text: string): string | undefined {
  try {
    const spec = JSON.parse(text) as { metadata?: { pxlab?: { made_folder?: unknown } } } | null;
    const folder = spec?.metadata?.pxlab?.made_folder;
    return typeof folder === 'string' ? folder : undefined;
  } catch {
    return undefined;
  }
}
