import { expect, test } from 'vitest';
import { controllerOptions } from '../../../lib/cli/controller.js';
import { Flags } from '../../../lib/cli/flags.js';
import { parsePorts } from '../../../lib/cli/ports.js';

test('values follow an equals sign or a space, and flags stand alone', () => {
  const flags = new Flags(['--ip=*', '--ping', '250', '--dictdb', '--log-level=10']);

  expect(flags.text('ip')).toBe('*');
  expect(flags.number('ping')).toBe(250);
  expect(flags.has('dictdb')).toBe(true);
  expect(flags.has('reuse')).toBe(false);
});

test('a trait is known by its full name and by its last part', () => {
  const flags = new Flags(['--HeartMonitor.period=200', '--InteractiveShell.colors=nocolor']);

  expect(flags.number('ping', 'HeartMonitor.period')).toBe(200);
  expect(flags.number('period')).toBe(200);
});

test('a number that is none is refused with its value', () => {
  expect(() => new Flags(['--ping=fast']).number('ping')).toThrow("'fast'");
});

test("ipcontroller's flags win over the environment of a launcher, whose unknown ones are passed over", () => {
  const options = controllerOptions(
    new Flags(['--cluster-id=c', '--ping=250', '--dictdb', '--Nonsense.x=1', '--ip=*']),
    { IPP_CLUSTER_ID: 'e', IPP_PROFILE_DIR: '/p', IPP_ENABLE_CURVE: '1', IPP_SESSION_KEY: 'k' },
  );

  expect(options).toMatchObject({
    clusterId: 'c',
    profileDir: '/p',
    n: 0,
    key: 'k',
    heartbeat: { periodMs: 250 },
    tcp: { ip: '*', curve: true },
    isControllerAlone: true,
  });
  expect(options.owner).toBeUndefined();
});

test('--profile names a profile of IPython', () => {
  const environment = { IPYTHONDIR: '/i', IPP_PROFILE_DIR: '/p' };

  expect(controllerOptions(new Flags(['--profile=iptest']), environment).profileDir).toBe(
    '/i/profile_iptest',
  );
  expect(controllerOptions(new Flags([]), { IPYTHONDIR: '/i' }).profileDir).toBe(
    '/i/profile_default',
  );
});

test('ports are given to the sockets in order', () => {
  expect(parsePorts('5000,6000-6001')).toEqual({
    registration: 5000,
    engineControl: 6000,
    engineMux: 6001,
  });
  expect(() => parsePorts('7-5')).toThrow("'7-5'");
  expect(() => parsePorts('x')).toThrow("'x'");
});
