import { optionsFromEnvironment } from './engine-options.js';
import { runEngine } from './run-engine.js';

await runEngine(await optionsFromEnvironment(process.env));
