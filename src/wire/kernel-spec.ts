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
  /** Variables that the kernel starts with, beside those of Jupyter. */
  readonly env: Readonly<Record<string, string>>;
}

export function formatKernelSpec({ argv, displayName, language, env }: KernelSpec): string {
  const spec = {
    argv,
    display_name: displayName,
    language,
    env,
    // Cells run in the main thread: a signal would miss the moments in which it does not listen.
    interrupt_mode: 'message',
  };
  return `${JSON.stringify(spec, undefined, 2)}\n`;
}

/** The command in a kernel spec; undefined when the text is damaged. */
export function parseKernelCommand(text: string): readonly string[] | undefined {
  try {
    const { argv } = JSON.parse(text) as { argv?: unknown };
    return Array.isArray(argv) ? argv.map(String) : undefined;
  } catch {
    return undefined;
  }
}
