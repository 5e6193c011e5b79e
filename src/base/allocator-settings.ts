type Settings = Readonly<Record<string, string>>;

/**
 * How the C library of a kernel keeps what V8's threads have freed: in one pool, and given back from 128 kB on.
 * By itself it makes a pool for each thread, which keeps what that thread has once needed: 50 MB after 200 cells.
 * It reads them at its start. Source: https://man7.org/linux/man-pages/man3/mallopt.3.html
 */
const settings: Settings = {
  ['MALLOC_ARENA_MAX']: '1',
  ['MALLOC_TRIM_THRESHOLD_']: `${2 ** 17}`,
};

/**
 * The same for a process that holds no data of a user: what V8's compilers take, 32 kB at a time, is given back at
 * once, not when all behind it is free. Without, a process keeps 15 MB of it in one run of three.
 */
const compilerSettings: Settings = { ...settings, ['MALLOC_MMAP_THRESHOLD_']: `${2 ** 15}` };

const isGlibc = process.platform === 'linux';

export const allocatorSettings: Settings = isGlibc ? settings : {};
export const compilerAllocatorSettings: Settings = isGlibc ? compilerSettings : {};

/** They are for this process, and not for what it starts. */
export function forgetAllocatorSettings(): void {
  for (const [name, value] of Object.entries(allocatorSettings)) {
    if (process.env[name] === value) Reflect.deleteProperty(process.env, name);
  }
}
