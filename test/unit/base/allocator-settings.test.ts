import { expect, onTestFinished, test } from 'vitest';
import {
  allocatorSettings,
  forgetAllocatorSettings,
} from '../../../src/base/allocator-settings.js';

test('a kernel hands its own settings on to nobody, and those of its user to all', (context) => {
  if (process.platform !== 'linux') context.skip();
  const before = { ...process.env };
  onTestFinished(() => void (process.env = before));
  Object.assign(process.env, allocatorSettings, { ['MALLOC_ARENA_MAX']: '4' });

  forgetAllocatorSettings();

  expect(process.env['MALLOC_ARENA_MAX']).toBe('4');
  expect(process.env['MALLOC_TRIM_THRESHOLD_']).toBe(undefined);
});
