#!/usr/bin/env node
import { readFileSync, writeSync } from 'node:fs';
import { messageOf } from '../../base/errors.js';
import { notebookCells } from './notebook-cells.js';
import { scriptOf } from './script-of.js';

/** A notebook on stdin, TypeScript on stdout: `jupyter nbconvert --to script` calls it (`python/pxlab_jupyter`). */
try {
  process.stdout.write(scriptOf(notebookCells(readFileSync(0, 'utf8'))));
} catch (error) {
  writeSync(2, `${messageOf(error)}\n`);
  process.exitCode = 1;
}
