import ts from './typescript.cjs';
import type { ProjectConfig } from './project-config.js';

/** Most names that a note lists. */
const listLimit = 12;

/** What a notebook says about its tsconfig.json, each thing once. */
export class ProjectNotes {
  readonly #said = new Set<string>();

  next({ problem, missed }: ProjectConfig): string | undefined {
    const ignored =
      missed.length === 0
        ? undefined
        : `tsconfig.json: cells do not take ${listed(missed)} from it.`;
    const note = [problem, ignored].filter((each) => each !== undefined).join('\n');
    if (note === '' || this.#said.has(note)) return undefined;
    this.#said.add(note);
    return `${note}\n`;
  }
}

/** A line for each thing that `%typecheck` tells. */
export function describeProject(project: ProjectConfig): string {
  const { isThere, jsx, checks, paths, missed, others, problem } = project;
  const lines = problem === undefined ? [] : [problem];
  if (isThere) {
    const options = Object.entries({ ...checks, ...jsx }).map(([name, value]) =>
      name === 'jsx' ? `jsx ${jsxName(value)}` : `${name} ${JSON.stringify(value)}`,
    );
    const mapped =
      Object.keys(paths).length === 0 ? [] : [`paths of ${listed(Object.keys(paths))}`];
    const all = [...options, ...mapped];
    lines.push(`tsconfig.json: cells take ${all.length === 0 ? 'nothing' : all.join(', ')}.`);
    const rest = [...missed, ...others];
    if (rest.length > 0) lines.push(`tsconfig.json: cells do not take ${listed(rest)}.`);
  }
  return lines.map((line) => `${line}\n`).join('');
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, listLimit).join(', ');
  return names.length > listLimit ? `${shown} and ${names.length - listLimit} more` : shown;
}

function jsxName(value: unknown): string {
  return value === ts.JsxEmit.React
    ? 'react'
    : value === ts.JsxEmit.ReactJSXDev
      ? 'react-jsxdev'
      : 'react-jsx';
}
