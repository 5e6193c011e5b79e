import { basename } from 'node:path';
import { isInPackage } from './shared-files.js';
import ts from './typescript.cjs';

/** Files of the converter itself: the cell and its declarations. */
export const cellFile = '__tslab__.ts';
export const declarationsFile = '__prev__.d.ts';
const converterFiles: ReadonlySet<string> = new Set([cellFile, declarationsFile]);

interface LocalFile {
  readonly onChange: ts.FileWatcherCallback;
  modifiedMs: number;
}

/**
 * The file system as the converter sees it: a few files that exist in memory only, and no watchers.
 * Files of the notebook's folder are looked at before each cell instead, so that a cell sees what was
 * saved a moment ago, and no timer keeps the thread alive.
 */
export class CellFiles {
  readonly #texts = new Map<string, string>();
  readonly #onChange = new Map<string, ts.FileWatcherCallback>();
  readonly #local = new Map<string, LocalFile>();
  #haveChanged = false;
  /** Makes the cell's file of what the converter has it be. */
  readonly #cellText: (text: string) => string;

  constructor(
    texts: Readonly<Record<string, string>>,
    cellText: (text: string) => string = (text) => text,
  ) {
    this.#cellText = cellText;
    for (const [path, text] of Object.entries(texts)) this.#texts.set(path, text);
  }

  /** Changes a file in memory; the next conversion sees it. */
  write(path: string, text: string): void {
    if (this.#texts.get(path) === text) return;
    this.#texts.set(path, text);
    this.#onChange.get(path)?.(path, ts.FileWatcherEventKind.Changed);
  }

  /** True, once, when a local file is another one than before. */
  haveChanged(): boolean {
    const haveChanged = this.#haveChanged;
    this.#haveChanged = false;
    return haveChanged;
  }

  /** Tells the converter which local files were saved since the last time. */
  refresh(): void {
    for (const [path, file] of this.#local) {
      const modifiedMs = modifiedAt(path);
      if (modifiedMs === file.modifiedMs) continue;
      file.modifiedMs = modifiedMs;
      this.#haveChanged = true;
      file.onChange(path, ts.FileWatcherEventKind.Changed);
    }
  }

  system(wanted: ts.System): ts.System {
    const own: Partial<ts.System> = {
      readFile: (path, encoding) => {
        const text = this.#texts.get(path) ?? wanted.readFile(path, encoding);
        if (text === undefined || basename(path) !== cellFile) return text;
        return this.#cellText(text);
      },
      fileExists: (path) => this.#texts.has(path) || wanted.fileExists(path),
      watchFile: (path, onChange) => this.#watch(path, onChange, wanted),
      watchDirectory: () => ({ close: () => undefined }),
    };
    return Object.assign(Object.create(wanted) as ts.System, own);
  }

  #watch(path: string, onChange: ts.FileWatcherCallback, wanted: ts.System): ts.FileWatcher {
    if (converterFiles.has(basename(path)) && wanted.watchFile)
      return wanted.watchFile(path, onChange);
    if (this.#texts.has(path)) this.#onChange.set(path, onChange);
    else if (isLocal(path)) this.#local.set(path, { onChange, modifiedMs: modifiedAt(path) });
    return { close: () => this.#local.delete(path) };
  }
}

function isLocal(path: string): boolean {
  return !isInPackage(path);
}

function modifiedAt(path: string): number {
  return ts.sys.getModifiedTime?.(path)?.getTime() ?? 0;
}
