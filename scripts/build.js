import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { build } from 'rolldown';
import { must, root, run, runMain, ScriptError } from './run.js';

const panelFolder = join(root, 'labextension');
/** A digest of what the panel in that folder was made of. */
const panelStamp = join(root, 'lib', 'labextension', '.stamp');

/**
 * Compiles src into lib with the pinned TypeScript (tslab brings a `tsc` of its own), and bundles
 * JupyterLab's panel into `labextension`, unless nothing of it has changed since.
 */
await runMain(async () => {
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  // The panel's project refers to the rest, which is so compiled first.
  const { code } = await run(process.execPath, [tsc, '--build', 'src/labextension']);
  if (code !== 0) return code;
  chmodSync(join(root, 'lib', 'cli', 'main.js'), 0o755);
  await Promise.all([bundlePanel(), prepareCompiler()]);
  return 0;
});

/** JupyterLab's own builder reads package.json: `main`, `style` and `jupyterlab`. */
async function bundlePanel() {
  const inputs = digestOfPanel();
  if (existsSync(panelStamp) && readFileSync(panelStamp, 'utf8') === inputs) {
    if (existsSync(join(panelFolder, 'install.json'))) return;
  }
  const builder = join(root, 'node_modules', '@jupyter', 'builder', 'lib', 'build-labextension.js');
  const core = join(root, 'node_modules', '@jupyterlab', 'core-meta', 'core.package.json');
  if (![builder, core].every(existsSync)) {
    throw new ScriptError("JupyterLab's builder is not installed: run `npm ci` first.");
  }
  const args = [builder, '--core-package-file', core, root];
  await must('Bundling the panel', process.execPath, args);
  copyFileSync(join(root, 'install.json'), join(panelFolder, 'install.json'));
  writeFileSync(panelStamp, inputs);
}

/** The compiler as one script, and in the form in which kernels of this Node start it. */
async function prepareCompiler() {
  const folder = join(root, 'lib', 'compiler');
  const stamp = join(folder, '.stamp');
  const parts = ['base', 'process', 'wire', 'compiler'];
  const code = digestOf(parts.flatMap((part) => filesOf(join('lib', part), '.js')));
  const inputs = `${code} ${newestDeclaration()}`;
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== inputs) {
    await bundleScript('snapshot-entry');
    await bundleScript('snapshot-main');
    writeFileSync(stamp, inputs);
  }
  const { makeOwnSnapshot } = await import('../lib/compiler/snapshot-file.js');
  // Without it everything works, and starts more slowly.
  await makeOwnSnapshot().catch((error) => process.stderr.write(`${error.message}\n`));
}

/** Declarations that were written anew since are read again by each kernel, which takes a quarter of a second. */
function newestDeclaration() {
  const all = readdirSync(join(root, 'lib'), { recursive: true });
  const declarations = all.filter((name) => name.endsWith('.d.ts'));
  return Math.max(...declarations.map((name) => statSync(join(root, 'lib', name)).mtimeMs));
}

/** Node makes snapshots of scripts, and not of modules. */
function bundleScript(name) {
  const folder = join(root, 'lib', 'compiler');
  return build({
    input: join(folder, `${name}.js`),
    platform: 'node',
    external: ['typescript'],
    output: { file: join(folder, `${name}.cjs`), format: 'cjs' },
    logLevel: 'warn',
  });
}

function digestOfPanel() {
  const compiled = ['labextension', 'wire'].flatMap((folder) =>
    filesOf(join('lib', folder), '.js'),
  );
  return digestOf([...compiled, ...filesOf('style', ''), 'package.json', 'install.json']);
}

function digestOf(inputs) {
  const hash = createHash('sha256');
  for (const file of inputs) hash.update(file).update(readFileSync(join(root, file)));
  return hash.digest('hex');
}

function filesOf(folder, ending) {
  const names = readdirSync(join(root, folder)).filter((name) => name.endsWith(ending));
  return names.sort().map((name) => join(folder, name));
}
