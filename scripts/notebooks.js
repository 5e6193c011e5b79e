import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { root } from './run.js';
import { workFolder } from './setup.js';

/** Where `npm start` works: git does not look there, so a notebook that is run and saved changes nothing. */
export const notebookFolder = join(root, 'notebooks');

/**
 * Copies the examples to the notebooks. What a user has changed stays, what is untouched is renewed, and
 * what was deleted comes back.
 */
export function provideNotebooks({
  examples = join(root, 'examples'),
  notebooks = notebookFolder,
  stamp = join(workFolder, 'notebooks.json'),
} = {}) {
  const copied = existsSync(stamp) ? JSON.parse(readFileSync(stamp, 'utf8')) : {};
  for (const name of filesIn(examples)) {
    const content = readFileSync(join(examples, name));
    const target = join(notebooks, name);
    const isChanged = existsSync(target) && digest(readFileSync(target)) !== copied[name];
    if (isChanged) continue;
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, content);
    copied[name] = digest(content);
  }
  writeFileSync(stamp, JSON.stringify(copied));
}

/** Paths below `folder`, without hidden files and what Jupyter keeps in hidden folders. */
function filesIn(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .filter((path) => !path.split(sep).some((part) => part.startsWith('.')));
}

function digest(content) {
  return createHash('sha256').update(content).digest('hex');
}
