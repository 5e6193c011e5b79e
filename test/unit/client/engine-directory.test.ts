import { expect, test } from 'vitest';
import { EngineDirectory } from '../../../src/client/engine-directory.js';
import { newEngineUuid } from '../../../src/wire/engine-uuid.js';
import { newSessionId } from '../../../src/wire/message.js';

test("the language of an engine is known where a controller of Python's tells only its uuid", () => {
  const directory = new EngineDirectory();
  directory.replace([
    { id: 0, uuid: newEngineUuid() },
    { id: 1, uuid: newSessionId() },
  ]);

  expect(directory.engines.map(({ language }) => language)).toEqual(['typescript', 'python']);
});
