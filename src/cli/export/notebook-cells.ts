import { ParallelError } from '../../base/errors.js';

/** A cell of a notebook file, as far as a script is made of it. */
export interface NotebookCell {
  readonly type: 'code' | 'markdown' | 'raw';
  readonly source: string;
  /** `In [3]`; undefined for a cell that has not run. */
  readonly executionCount: number | undefined;
  /** It is meant to fail, or it did. */
  readonly isFailing: boolean;
}

/**
 * The cells of a notebook of format 4. Source: https://nbformat.readthedocs.io/en/latest/format_description.html
 *
 * @throws {@link ParallelError} `BAD_ARGUMENT`: it is no notebook.
 */
export function notebookCells(text: string): NotebookCell[] {
  const found = fieldsOf(parse(text))['cells'];
  if (!Array.isArray(found)) {
    throw new ParallelError(
      'BAD_ARGUMENT',
      'This is no notebook of format 4: it has no list of cells.',
    );
  }
  return found.map((each) => cellOf(fieldsOf(each)));
}

function cellOf(cell: Readonly<Record<string, unknown>>): NotebookCell {
  const { cell_type: type, source, execution_count: count, outputs, metadata } = cell;
  const { tags } = fieldsOf(metadata);
  const failed = listOf(outputs).some((output) => fieldsOf(output)['output_type'] === 'error');
  return {
    type: type === 'code' || type === 'markdown' ? type : 'raw',
    source: Array.isArray(source) ? source.join('') : String(source),
    executionCount: typeof count === 'number' ? count : undefined,
    isFailing: failed || listOf(tags).includes('raises-exception'),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
