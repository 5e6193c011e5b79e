import { optionsFromEnvironment } from './engine-options.js';
import { runEngine } from './run-engine.js';

runEngine(await optionsFromEnvironment(process.env));
