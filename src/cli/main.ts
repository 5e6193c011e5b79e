#!/usr/bin/env node
import { CommanderError } from 'commander';
import { ParallelError } from '../base/errors.js';
import { exitCodeOf } from './exit-codes.js';
import { note } from './output.js';
import { program } from './program.js';

/** One sentence for what went wrong and an exit code; a stack only for what must not happen. */
try {
  await program().parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error);
  if (!(error instanceof CommanderError)) note(`pxcluster: ${textOf(error)}`);
}

function textOf(error: unknown): string {
  if (error instanceof ParallelError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
