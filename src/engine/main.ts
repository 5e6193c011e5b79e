import { messageOf } from '../base/errors.js';
import { optionsFromEnvironment } from './engine-options.js';
import { notRegisteredCode } from './io-messages.js';
import { runEngine } from './run-engine.js';

try {
  await runEngine(await optionsFromEnvironment(process.env));
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = notRegisteredCode;
}
