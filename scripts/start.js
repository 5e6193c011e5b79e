/**
 * `npm start`: JupyterLab with the TypeScript kernel and the panel, on a fresh machine too. Nothing is
 * installed yet when this runs, and the Node that runs it may be too old: only what every Node knows.
 */
var needed = [20, 19];
var found = process.versions.node.split('.').map(Number);

if (found[0] < needed[0] || (found[0] === needed[0] && found[1] < needed[1])) {
  process.stderr.write(
    'Node 20.19 or newer is needed, and this is ' +
      process.versions.node +
      '. Install a newer one (https://nodejs.org), then run npm start again.\n',
  );
  process.exitCode = 1;
} else {
  import('./start-lab.js');
}
